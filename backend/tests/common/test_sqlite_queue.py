"""Writers of one SQLite database wait in line, and nobody waits for one that is gone."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection, transaction

from accounts.models import User
from blockchain.common.sqlite.queue import Queue

SECONDS = 20.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "line"


def test_enter__several_wait__served_in_the_order_they_came(path: Path) -> None:
    first, served = Queue(path), list[int]()
    assert first.enter(timeout=SECONDS)

    def wait(number: int) -> None:
        queue = Queue(path)
        assert queue.enter(timeout=SECONDS)
        served.append(number)
        queue.leave()

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    first.leave()
    for thread in threads:
        thread.join()
    assert served == list(range(6))


def test_enter__the_one_in_front_does_not_leave__time_out_and_the_place_is_free_for_others(path: Path) -> None:
    first, second, third = (Queue(path) for _ in range(3))
    assert first.enter(timeout=SECONDS)
    assert not second.enter(timeout=0.1)
    first.leave()
    assert third.enter(timeout=SECONDS)
    third.leave()
    # Who gave up may come again.
    assert second.enter(timeout=SECONDS)
    second.leave()


def test_enter__process_was_killed_in_front__goes_on(path: Path) -> None:
    code = (
        "import sys, time, pathlib\n"
        "from blockchain.common.sqlite.queue import Queue\n"
        "queue = Queue(pathlib.Path(sys.argv[1])); queue.enter(timeout=9); print('in', flush=True); time.sleep(60)"
    )
    backend = Path(__file__).resolve().parents[2]
    with subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=backend, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in\n"
        assert not Queue(path).enter(timeout=0.1)
        process.kill()
    queue = Queue(path)
    assert queue.enter(timeout=SECONDS)
    queue.leave()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ending", ["commit", "rollback", "error", "close"])
def test_transaction__however_it_ends__the_line_goes_on(ending: str) -> None:
    if connection.vendor != "sqlite":
        assert not hasattr(connection, "_queue")
        return

    class Ended(Exception):
        pass

    try:
        with transaction.atomic():
            User.objects.create_user("anne")
            if ending == "rollback":
                transaction.set_rollback(True)
            if ending == "close":
                connection.close()
            if ending != "commit":
                raise Ended
    except Ended:
        pass
    assert User.objects.count() == (ending == "commit")
    queue = Queue(Path(f"{connection.settings_dict['NAME']}-queue"))
    assert queue.enter(timeout=1)
    queue.leave()
