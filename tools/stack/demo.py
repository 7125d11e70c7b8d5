"""`make demo`: a fresh stack, the walk, and nothing left behind; with PROVIDER, behind a member of the zoo."""

import secrets
import shutil
import tempfile
from pathlib import Path

from tools.stack import afterwards
from tools.stack.places import LOCAL, shown
from tools.stack.ports import free_port
from tools.stack.processes import Supervisor
from tools.stack.provider import Provider
from tools.stack.stack import Stack
from tools.stack.story import Story
from tools.stack.walk import OTHER_COMPLAINANT, USERS, Walk

SETTINGS = {
    # The walk calls `check_sla` itself, so the relay must not be faster.
    "SLA_CHECK_INTERVAL": "86400",
}


def demo(provider: str = "") -> None:
    """`provider`: a member of `backend/tests/providers`, or none.

    Raises `StackError` or `StepFailed`. The data are then kept for inspection; otherwise they are removed.
    """
    LOCAL.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="demo-", dir=LOCAL))
    try:
        _run(folder, provider)
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        raise
    except BaseException:
        print(f"\nThe data and logs of this demo are in {shown(folder)}.", flush=True)
        raise
    shutil.rmtree(folder)


def _run(folder: Path, provider: str) -> None:
    story = Story()
    settings = SETTINGS | {OTHER_COMPLAINANT.password_variable: secrets.token_urlsafe(9)}
    with Supervisor(folder / "logs") as supervisor:
        between = Provider(provider, port=free_port()) if provider else None
        stack = Stack(folder, supervisor, port=free_port(), anvil_port=free_port(), settings=settings, provider=between)
        story.step("Starting")
        stack.start(USERS, tell=story.tell)
        problems = stack.problems()
        story.check(not problems, f"everything is up: {stack.url}, contract {stack.contract}", but=problems)
        walk = Walk(stack, story)
        walk.run()
        kept = afterwards.keep(
            stack, story, complainant=walk.complainant, tracking_id=walk.tracking_id, evidence=walk.evidence
        )
    afterwards.check(kept, stack, story)
    story.end()
