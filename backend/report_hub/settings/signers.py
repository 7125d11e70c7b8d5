"""Where the two keys are: a short name for each kind of signer, and what it needs."""

from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured

from report_hub.settings.environment import env

# By name: the backend, and the option that `..._SIGNER_KEY` is.
_KINDS: Final = {
    "file": ("key_file.file_signer", "path"),
    "aws-secret": ("aws_secret.aws_secret_signer", "secret_id"),
    "aws-kms": ("aws_kms.aws_kms_signer", "key_id"),
    "web3signer": ("web3signer.web3signer_signer", "url"),
    "clef": ("clef.clef_signer", "url"),
}


def signer_setting(*, name: str, private_key: str, kind: str, **options: str) -> dict[str, Any]:
    """The setting `name`, by the kind of signer: "env" for the key in the setting `private_key`, or another kind.

    `key` is where the key is. Options that are empty are left out. Raises `ImproperlyConfigured`.
    """
    if kind == "env":
        return {"BACKEND": "blockchain.chain.signers.local.local_signer", "OPTIONS": {"setting": private_key}}
    if kind not in _KINDS:
        raise ImproperlyConfigured(f"{name} must be env, {', '.join(_KINDS)}")
    backend, place = _KINDS[kind]
    if not options["key"]:
        raise ImproperlyConfigured(f"{name}={kind} needs {name}_KEY: the {place} of the key")
    given = {place if option == "key" else option: value for option, value in options.items() if value}
    return {"BACKEND": f"blockchain.chain.signers.{backend}", "OPTIONS": given}


BLOCKCHAIN_SIGNER = signer_setting(
    name="BLOCKCHAIN_SIGNER",
    private_key="BLOCKCHAIN_PRIVATE_KEY",
    kind=env.str("BLOCKCHAIN_SIGNER", default="env"),
    key=env.str("BLOCKCHAIN_SIGNER_KEY", default=""),
    address=env.str("BLOCKCHAIN_SIGNER_ADDRESS", default=""),
    passphrase_file=env.str("BLOCKCHAIN_SIGNER_PASSPHRASE_FILE", default=""),
)
BLOCKCHAIN_INTAKE_SIGNER = signer_setting(
    name="BLOCKCHAIN_INTAKE_SIGNER",
    private_key="BLOCKCHAIN_INTAKE_KEY",
    kind=env.str("BLOCKCHAIN_INTAKE_SIGNER", default="env"),
    key=env.str("BLOCKCHAIN_INTAKE_SIGNER_KEY", default=""),
    address=env.str("BLOCKCHAIN_INTAKE_SIGNER_ADDRESS", default=""),
    passphrase_file=env.str("BLOCKCHAIN_INTAKE_SIGNER_PASSPHRASE_FILE", default=""),
)
# Seconds that a signer on another machine may take for an answer.
BLOCKCHAIN_SIGNER_TIMEOUT = env.float("BLOCKCHAIN_SIGNER_TIMEOUT", default=5.0)
# Seconds after which a key that can be exchanged without a restart is looked up again.
BLOCKCHAIN_SIGNER_REFRESH = env.float("BLOCKCHAIN_SIGNER_REFRESH", default=300.0)
