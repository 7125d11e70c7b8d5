"""Keys that a recovery waits for: the new one, the old ones, and those that nobody here knows."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from blockchain.indexer.sync import events_sync
from blockchain.protocol import hashing
from blockchain.protocol.kinds import EventType
from blockchain.recovery.outcome import Decisions
from blockchain.recovery.run import Options
from blockchain.recovery.run import recover as recovery
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.landing import land
from tests.recovery.conftest import FOREIGN, NEW_KEY, KeyRing, Recover, comment, id_of


def test_recover__key_without_roles_and_old_key_with_them__waits_for_both(
    chain: Chain, keys: KeyRing, report: IssueReport, recover: Recover, capsys: pytest.CaptureFixture[str]
) -> None:
    land(chain)
    new = keys.use(NEW_KEY)
    with pytest.raises(CommandError, match="not settled in a final block"):
        recover()
    said = capsys.readouterr().out
    assert f"{new}, the new key, has INTAKE_ROLE, RECORDER_ROLE, SLA_MANAGER_ROLE" in said
    assert f"{chain.relay_account}, an old key, has lost its roles" in said


def test_recover__roles_revoked_but_not_final__waits(
    chain: Chain, keys: KeyRing, report: IssueReport, recover: Recover, settings: Any
) -> None:
    land(chain)
    settings.BLOCKCHAIN_CONFIRMATIONS = 2
    keys.rotate()
    chain.anvil.mine()
    with pytest.raises(CommandError, match="not settled in a final block"):
        recover()
    chain.anvil.mine()
    assert "nobody else writes" in recover()


def test_recover__key_that_the_relay_was_stopped_with__refused(
    chain: Chain, keys: KeyRing, report: IssueReport, recover: Recover
) -> None:
    land(chain)
    chain.write("logComplaintEvent", id_of(report), EventType.COMMENTED, FOREIGN, 1)
    events_sync(registry=chain.registry)
    with pytest.raises(CommandError, match="Configure a key that was never used"):
        recover()


def test_recover__waiting_for_the_admin__goes_on_when_it_is_done(
    chain: Chain, keys: KeyRing, report: IssueReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(chain)
    new, said = keys.use(NEW_KEY), list[str]()
    steps = [lambda: None, lambda: keys.grant(new), lambda: keys.revoke(chain.relay_account)]
    monkeypatch.setattr("blockchain.recovery.run.time.sleep", lambda seconds: steps.pop(0)())
    options = Options(decisions=Decisions(own=new))
    recovery(registry=chain.registry, options=options, say=said.append)
    assert not steps
    text = "\n".join(said)
    # What it waits for is said once, until it changes.
    assert text.count(f"{new}, the new key, has INTAKE_ROLE") == 1
    assert text.count("nobody else writes") == 1


class Log(StringIO):
    """A file that shows only what was flushed."""

    shown = ""

    def flush(self) -> None:
        self.shown = self.getvalue()


def test_recover__waiting__what_it_waits_for_is_shown_at_once(
    chain: Chain, keys: KeyRing, report: IssueReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(chain)
    new, log = keys.use(NEW_KEY), Log()

    def sleep(seconds: float) -> None:
        assert f"waiting until {new}, the new key, has INTAKE_ROLE" in log.shown
        raise KeyboardInterrupt

    monkeypatch.setattr("blockchain.recovery.run.time.sleep", sleep)
    with pytest.raises(CommandError, match="interrupted"):
        call_command("recover", stdout=log)


def test_recover__somebody_else_who_has_written__has_to_be_named(
    chain: Chain, keys: KeyRing, report: IssueReport, recover: Recover, capsys: pytest.CaptureFixture[str]
) -> None:
    land(chain)
    keys.grant(chain.stranger)
    chain.write("logComplaintEvent", id_of(report), EventType.COMMENTED, FOREIGN, 1, sender=chain.stranger)
    with pytest.raises(CommandError, match="not settled"):
        recover()
    assert f"waiting for {chain.stranger}, an unknown account that may write" in capsys.readouterr().out
    recover("--keep", chain.stranger)


def test_recover__somebody_else_who_records_our_writes__has_to_be_named(
    chain: Chain, keys: KeyRing, report: IssueReport, staff: User, recover: Recover
) -> None:
    """A relay of a database that was lost: more of it may be under way."""
    land(chain)
    keys.grant(chain.stranger)
    data = hashing.unhex(comment(report, staff, "Ours.").data)
    chain.write("logComplaintEvent", id_of(report), EventType.COMMENTED, data, 1, sender=chain.stranger)
    with pytest.raises(CommandError, match="not settled"):
        recover()


def test_recover__officer_who_has_written_nothing_yet__named_and_not_waited_for(
    chain: Chain, keys: KeyRing, report: IssueReport, recover: Recover
) -> None:
    land(chain)
    keys.grant(chain.stranger)
    said = recover()
    assert f"{chain.stranger} may write, as an officer who signs entries does: it has written nothing else" in said
    assert said.endswith("recovered; start the relay\n")
