"""System checks: find missing or wrong settings, and say how to correct them. `manage.py check` runs them.

They query neither a node nor a database. A setting that would lose, spoil or delay writes is an error, and commands
refuse to run. A setting that only one component needs is a warning, since that component reports it too. A missing
deployment is a warning, since migrations run before the deployment.
"""

import inspect
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.utils.module_loading import import_string
from rest_framework.throttling import SimpleRateThrottle

from blockchain.chain.artifact import ArtifactError, deployment_load
from blockchain.chain.errors import ChainError
from blockchain.chain.finality import CONFIRMATIONS, TAGS
from blockchain.chain.nodes import SOCKETS
from blockchain.chain.signers import SignerError
from blockchain.common.backends import backend_new
from blockchain.conf import DEFAULTS, settings
from blockchain.evidence.errors import EvidenceStoreUnavailable
from blockchain.host import Host

LABEL = "complaint_registry"
REQUESTS: Final = ("http://", "https://")
HINT_OF_AUTH: Final = (
    "Name one for each node that needs it in BLOCKCHAIN_NODE_AUTH, such as header, bearer or aws in the environment."
)
BACKENDS: Final = ("BLOCKCHAIN_HOST", "BLOCKCHAIN_SIGNER", "BLOCKCHAIN_INTAKE_SIGNER", "EVIDENCE_STORE")
# Our own backends ask no other machine when they are created, so a check may create them.
OURS = "blockchain."


@dataclass(frozen=True)
class Range:
    """The range of a number, ends included; `whole`: an integer."""

    least: float
    most: float = float("inf")
    whole: bool = False

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} of at least {self.least:,}" + (
            "" if self.most == float("inf") else f" and at most {self.most:,}"
        )

    def holds(self, value: Any) -> bool:
        kinds = (int,) if self.whole else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool) and self.least <= value <= self.most


SECONDS = Range(0.001)
# By setting, in the units of `blockchain.conf`.
NUMBERS: Final[Mapping[str, Range]] = {
    "BLOCKCHAIN_RPC_TIMEOUT": SECONDS,
    "BLOCKCHAIN_SIGNER_TIMEOUT": SECONDS,
    "BLOCKCHAIN_SIGNER_REFRESH": Range(0),
    "BLOCKCHAIN_CONFIRMATIONS": Range(0, whole=True),
    # From what the writes of one complaint need, to the maximum of EIP-7825.
    "BLOCKCHAIN_GAS_LIMIT": Range(500_000, 2**24, whole=True),
    "BLOCKCHAIN_GAS_MARGIN": Range(1, 10),
    "BLOCKCHAIN_MAX_FEE_GWEI": Range(1e-9),
    "BLOCKCHAIN_MIN_TIP_GWEI": Range(0),
    "BLOCKCHAIN_MAX_TIP_GWEI": Range(0),
    "BLOCKCHAIN_DAILY_LIMIT_ETHER": Range(0),
    "BLOCKCHAIN_BUMP_AFTER": SECONDS,
    # Pools keep about this many transactions per sender.
    "BLOCKCHAIN_RELAY_IN_FLIGHT": Range(1, 16, whole=True),
    "BLOCKCHAIN_RELAY_INTERVAL": SECONDS,
    "BLOCKCHAIN_LEASE_SECONDS": Range(1),
    "BLOCKCHAIN_RETRY_BASE": SECONDS,
    "BLOCKCHAIN_RETRY_CAP": SECONDS,
    "BLOCKCHAIN_SYNC_INTERVAL": SECONDS,
    "SLA_CHECK_INTERVAL": SECONDS,
    "BLOCKCHAIN_RECONCILE_INTERVAL": SECONDS,
    "BLOCKCHAIN_PROOF_INTERVAL": Range(0),
    "BLOCKCHAIN_SCAN_RANGE": Range(1, whole=True),
    "HEALTH_MAX_PENDING_SECONDS": Range(1),
    "HEALTH_MAX_INDEXER_LAG": Range(0, whole=True),
    "HEALTH_MAX_HEAD_AGE_SECONDS": Range(0),
    "HEALTH_RPC_TIMEOUT": SECONDS,
    "HEALTH_MIN_BALANCE_ETHER": Range(0),
    "EVIDENCE_MAX_BYTES": Range(1, whole=True),
    "EVIDENCE_BYTES_PER_HOUR": Range(1, whole=True),
    "IPFS_API_TIMEOUT": SECONDS,
}


def settings_check(**_: Any) -> list[CheckMessage]:
    """All checks of the registry, in the order of their numbers."""
    checks = (_deployment, _numbers, _forms, _backends, _database, _folders, _project)
    return [message for check in checks for message in check()]


def _deployment() -> Iterator[CheckMessage]:
    path = Path(settings.BLOCKCHAIN_DEPLOYMENT)
    if not path.exists():
        hint = "Deploy the contract, or copy a deployment's artifact there; BLOCKCHAIN_DEPLOYMENT names another place."
        yield Warning(f"There is no deployment artifact at {path}.", hint=hint, id=f"{LABEL}.W001")
        return
    try:
        deployment_load(path)
    except ArtifactError as error:
        hint = "Use the unchanged file that the deployment of this version of the contract wrote."
        yield _error(2, f"BLOCKCHAIN_DEPLOYMENT: {error}.", hint)


def _numbers() -> Iterator[CheckMessage]:
    for name, range_ in NUMBERS.items():
        if not range_.holds(value := getattr(settings, name)):
            yield _error(
                3, f"{name} is {value!r}.", f"Set it to {range_}, or leave it out; the default is {DEFAULTS[name]!r}."
            )
    least = "BLOCKCHAIN_MIN_TIP_GWEI"
    # The cap on the tip may exceed the cap on the whole fee, which includes the tip.
    for most, hint in (
        ("BLOCKCHAIN_MAX_TIP_GWEI", "The tip has to lie between the two."),
        ("BLOCKCHAIN_MAX_FEE_GWEI", "That is the most that one unit of gas may cost, including the tip."),
    ):
        low, high = getattr(settings, least), getattr(settings, most)
        if NUMBERS[least].holds(low) and NUMBERS[most].holds(high) and low > high:
            yield _error(3, f"{least} ({low}) is above {most} ({high}).", hint)


def _forms() -> Iterator[CheckMessage]:
    known = (CONFIRMATIONS, *TAGS)
    if settings.BLOCKCHAIN_FINALITY not in known:
        yield _error(
            4, f"BLOCKCHAIN_FINALITY is {settings.BLOCKCHAIN_FINALITY!r}.", f"Set it to one of {', '.join(known)}."
        )
    yield from _nodes()
    yield from _quotas()
    if not _is_rate(settings.EVIDENCE_UPLOAD_RATE):
        hint = 'Write it like "20/hour": a number per second, minute, hour or day.'
        yield _error(4, f"EVIDENCE_UPLOAD_RATE is {settings.EVIDENCE_UPLOAD_RATE!r}.", hint)


def _nodes() -> Iterator[CheckMessage]:
    # The values are not shown: a URL may contain a key, and the header is one.
    urls, auths, header = (getattr(settings, f"BLOCKCHAIN_NODE_{name}") for name in ("URLS", "AUTH", "HEADER"))
    hint = "List the URLs of nodes: http or https for JSON-RPC, at least one of them, and ws or wss for new blocks."
    if not isinstance(urls, list | tuple) or not all(_is_url(url, (*REQUESTS, *SOCKETS)) for url in urls):
        yield _error(4, "BLOCKCHAIN_NODE_URLS is not a list of http, https, ws or wss URLs.", hint)
        return
    if not (asked := [url for url in urls if _is_url(url, REQUESTS)]):
        yield _error(4, "BLOCKCHAIN_NODE_URLS has no http or https URL.", hint)
    if not isinstance(auths, list | tuple) or len(auths) > len(asked):
        hint = "List a backend or None for each http or https URL in BLOCKCHAIN_NODE_URLS, in their order."
        yield _error(4, "BLOCKCHAIN_NODE_AUTH is not a list of at most one backend for each node.", hint)
        return
    for auth in filter(None, auths):
        try:
            _backend(auth)
            backend_new(auth, setting="BLOCKCHAIN_NODE_AUTH")
        except (KeyError, TypeError, ValueError, ImportError, ImproperlyConfigured, ChainError) as error:
            yield _error(5, f"BLOCKCHAIN_NODE_AUTH does not name a usable backend: {error}.", HINT_OF_AUTH)
    if header and not all(part.strip() for part in _halves(header)):
        yield _error(4, "BLOCKCHAIN_NODE_HEADER is not a header.", 'Write it as "Name: value", or leave it empty.')
    elif header and not any(auths):
        yield _error(4, "BLOCKCHAIN_NODE_HEADER is not sent to any node.", HINT_OF_AUTH)


def _is_url(url: Any, schemes: tuple[str, ...]) -> bool:
    return isinstance(url, str) and url.startswith(schemes)


def _quotas() -> Iterator[CheckMessage]:
    hint = "Each group needs filings, comments and objections like 20/hour, and pending, a whole number."
    quotas = settings.RECORDING_QUOTAS
    for group in DEFAULTS["RECORDING_QUOTAS"]:
        limits = quotas.get(group) if isinstance(quotas, Mapping) else None
        if not isinstance(limits, Mapping):
            yield _error(4, f"RECORDING_QUOTAS has no limits for {group}.", hint)
            continue
        wrong = [name for name in ("filings", "comments", "objections") if not _is_rate(limits.get(name))]
        wrong += [] if Range(1, whole=True).holds(limits.get("pending")) else ["pending"]
        for name in wrong:
            yield _error(4, f"RECORDING_QUOTAS: {name} of {group} is {limits.get(name)!r}.", hint)


def _backends() -> Iterator[CheckMessage]:
    places: dict[str, Any] = {}
    for name in BACKENDS:
        named = getattr(settings, name)
        hint = (
            f'Write it like {{"BACKEND": "path.of.a.callable", "OPTIONS": {{...}}}}; the default is {DEFAULTS[name]!r}.'
        )
        try:
            make = _backend(named)
        except (KeyError, TypeError, ValueError, ImportError) as error:
            yield _error(5, f"{name} does not name a usable backend: {error}.", hint)
            continue
        if name == "BLOCKCHAIN_HOST" and not (isinstance(make, type) and issubclass(make, Host)):
            yield _error(5, f"{name} names {make!r}, which is not a host.", "Name a subclass of blockchain.host.Host.")
        places[name] = named
        if make.__module__.startswith(OURS):
            # Once: to open a keystore takes a second.
            made = yield from _made(name, named)
            places[name] = None if made is None else getattr(made, "address", None) or named
    # The address of a key that is at hand, or else where the key is; None: no key, or none that can be used.
    yield from _shared_key(places.get("BLOCKCHAIN_SIGNER"), places.get("BLOCKCHAIN_INTAKE_SIGNER"))


def _backend(named: Any) -> Any:
    """The callable that a setting names, after checking that it accepts the options. Raises various Python errors."""
    if not isinstance(named, Mapping) or not isinstance(named.get("OPTIONS", {}), Mapping):
        raise TypeError("it does not have that form")
    if unknown := sorted(set(named) - {"BACKEND", "OPTIONS"}):
        raise ValueError(f"it has {', '.join(map(str, unknown))} besides BACKEND and OPTIONS")
    make = import_string(named["BACKEND"])
    inspect.signature(make).bind(**named.get("OPTIONS", {}))
    return make


def _made(name: str, named: Any) -> Generator[CheckMessage, None, Any]:
    """One of our own backends, or None after reporting what it says about its settings. The values are not shown."""
    try:
        return backend_new(named, setting=name)
    except (SignerError, EvidenceStoreUnavailable, ImproperlyConfigured, AttributeError) as error:
        yield Warning(f"{name}: {error}.", hint="Correct the setting that the message names.", id=f"{LABEL}.W006")
        return None


def _shared_key(relay: Any, intake: Any) -> Iterator[CheckMessage]:
    """Warns if web servers can sign what only the relay should, as far as that shows without asking a signer."""
    if relay is not None and relay == intake:
        hint = "Make a key of its own for BLOCKCHAIN_INTAKE_SIGNER, and grant it INTAKE_ROLE alone."
        yield Warning("The relay and the web servers sign with the same key.", hint=hint, id=f"{LABEL}.W013")


def _database() -> Iterator[CheckMessage]:
    from blockchain.models import Complaint

    alias = router.db_for_write(Complaint)
    if alias != DEFAULT_DB_ALIAS:
        hint = "Route them to `default`: a write must be committed together with the change that it records."
        yield _error(7, f"The registry's tables are in the database {alias!r}.", hint)
    connection = connections[alias]
    options = connection.settings_dict.get("OPTIONS", {})
    if connection.vendor == "sqlite" and str(options.get("transaction_mode")).upper() not in ("IMMEDIATE", "EXCLUSIVE"):
        hint = f'Set "transaction_mode": "IMMEDIATE" in the OPTIONS of DATABASES[{alias!r}].'
        yield _error(8, "SQLite would let two requests read the same state before one of them writes.", hint)
    if (
        connection.vendor == "mysql"
        and str(options.get("isolation_level", "read committed")).lower() != "read committed"
    ):
        hint = f'Set "isolation_level": "read committed" in the OPTIONS of DATABASES[{alias!r}], or leave it out.'
        yield _error(9, "A transaction would not see changes that were committed while it waited for its lock.", hint)


def _folders() -> Iterator[CheckMessage]:
    for name in ("BLOCKCHAIN_DEPLOYMENT", "EVIDENCE_ROOT"):
        if not (path := Path(getattr(settings, name))).is_absolute():
            hint = (
                f"Set it to an absolute path, such as BASE_DIR / {path.name!r}: processes start in different folders."
            )
            yield Warning(f"{name} is relative: {path}.", hint=hint, id=f"{LABEL}.W010")


def _project() -> Iterator[CheckMessage]:
    if not apps.is_installed("rest_framework"):
        hint = 'Add "rest_framework" to INSTALLED_APPS.'
        yield _error(11, "Django REST framework is not installed in this project.", hint)
    if not django_settings.USE_TZ:
        yield _error(12, "USE_TZ is off, and the registry's times are in UTC.", "Set USE_TZ = True.")


def _halves(header: Any) -> Sequence[str]:
    name, _, value = str(header).partition(":")
    return name, value


def _is_rate(value: Any) -> bool:
    try:
        requests, _ = SimpleRateThrottle.parse_rate(None, value)  # type: ignore[arg-type]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        return False
    return bool(requests and requests > 0)


def _error(number: int, message: str, hint: str) -> Error:
    return Error(message, hint=hint, id=f"{LABEL}.E{number:03}")
