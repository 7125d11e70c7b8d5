"""The folder: content-addressed, atomic, verified when read."""

import io
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from blockchain.evidence.cid import digest_of
from blockchain.evidence.errors import EvidenceCorrupt, EvidenceMissing, EvidenceStoreUnavailable
from blockchain.evidence.local import INCOMING_SECONDS, LocalStore

DATA = b"a photo of the street light" * 50_000


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_put__new_file__is_there_under_its_cid(local_store: LocalStore, evidence_root: Path) -> None:
    digest = local_store.put(io.BytesIO(DATA))
    assert digest == digest_of(io.BytesIO(DATA))
    assert [path.name for path in files(evidence_root)] == [digest.cid]
    assert files(evidence_root)[0].stat().st_mode & 0o077 == 0
    with local_store.open(digest.cid).stream as stream:
        assert stream.read() == DATA


def test_put__same_bytes_again__one_file(local_store: LocalStore, evidence_root: Path) -> None:
    assert local_store.put(io.BytesIO(DATA)) == local_store.put(io.BytesIO(DATA))
    assert len(files(evidence_root)) == 1


def test_put__stream_that_fails__leaves_nothing(local_store: LocalStore, evidence_root: Path) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 0:
                raise RuntimeError
            return super().read(100)

    with pytest.raises(RuntimeError):
        local_store.put(Failing(DATA))
    assert files(evidence_root) == []


def test_put__killed_half_way__only_a_temporary_file_that_is_swept(
    local_store: LocalStore, evidence_root: Path
) -> None:
    script = f"""
        import os, signal, io
        from pathlib import Path
        from blockchain.evidence.local import LocalStore
        class Killed(io.BytesIO):
            def read(self, size=-1):
                if self.tell() > 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return super().read(1000)
        LocalStore(root=Path({str(evidence_root)!r})).put(Killed(bytes(5000)))
    """
    backend = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=backend, check=False).returncode == -9
    (left,) = files(evidence_root)
    assert left.parent.name == "incoming"
    digest = local_store.put(io.BytesIO(DATA))
    assert left.exists()  # it might be another upload
    old = time.time() - INCOMING_SECONDS - 1
    os.utime(left, (old, old))
    local_store.put(io.BytesIO(DATA))
    assert [path.name for path in files(evidence_root)] == [digest.cid]


def test_open__one_bit_flipped__corrupt_until_stored_again(local_store: LocalStore, evidence_root: Path) -> None:
    digest = local_store.put(io.BytesIO(DATA))
    (path,) = files(evidence_root)
    flipped = bytearray(DATA)
    flipped[len(flipped) // 2] ^= 1
    path.write_bytes(flipped)
    with pytest.raises(EvidenceCorrupt):
        local_store.open(digest.cid)
    local_store.put(io.BytesIO(DATA))
    local_store.open(digest.cid).stream.close()


def test_open__unknown__missing(local_store: LocalStore) -> None:
    with pytest.raises(EvidenceMissing):
        local_store.open(digest_of(io.BytesIO(b"never stored")).cid)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "incoming", "", "\0"])
def test_open__no_cid__never_reaches_the_disk(local_store: LocalStore, evidence_root: Path, name: str) -> None:
    (evidence_root.parent / "secret").write_text("secret")
    with pytest.raises(EvidenceMissing):
        local_store.open(name)


def test_open__symbolic_link_in_place_of_the_file__refused(local_store: LocalStore, evidence_root: Path) -> None:
    digest = local_store.put(io.BytesIO(DATA))
    (path,) = files(evidence_root)
    elsewhere = evidence_root.parent / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(EvidenceStoreUnavailable):
        local_store.open(digest.cid)


def test_put__folder_that_is_a_file__unavailable(evidence_root: Path) -> None:
    evidence_root.write_text("in the way")
    store = LocalStore(root=evidence_root)
    with pytest.raises(EvidenceStoreUnavailable):
        store.put(io.BytesIO(DATA))
    with pytest.raises(EvidenceStoreUnavailable):
        store.check()


def test_store__another_folder_in_its_place__unavailable_until_the_right_one_is_back(
    evidence_root: Path, tmp_path: Path
) -> None:
    store = LocalStore(root=evidence_root, has_files=lambda: True)
    (evidence_root / "ab").mkdir(parents=True)
    (evidence_root / "ab" / "restored from a backup").touch()
    digest = store.put(io.BytesIO(DATA))
    evidence_root.rename(tmp_path / "unmounted")
    for is_there in (False, True):
        if is_there:
            (evidence_root / "lost+found").mkdir(parents=True)
        for refused in (store.check, lambda: store.put(io.BytesIO(b"new")), lambda: store.open(digest.cid)):
            with pytest.raises(EvidenceStoreUnavailable, match="none of the stored files: mount the right folder"):
                refused()
    (evidence_root / "lost+found").rmdir()
    evidence_root.rmdir()
    (tmp_path / "unmounted").rename(evidence_root)
    store.check()
    store.open(digest.cid).stream.close()


def test_check__first_upload_ends_meanwhile__not_taken_for_another_folder(evidence_root: Path) -> None:
    def has_files() -> bool:
        LocalStore(root=evidence_root).put(io.BytesIO(DATA))
        return True

    LocalStore(root=evidence_root, has_files=has_files).check()
    assert len(files(evidence_root)) == 1


def test_check__room_enough__passes_and_leaves_nothing(local_store: LocalStore, evidence_root: Path) -> None:
    local_store.check()
    assert files(evidence_root) == []


def test_check__less_free_than_reserved__unavailable(evidence_root: Path) -> None:
    with pytest.raises(EvidenceStoreUnavailable):
        LocalStore(root=evidence_root, reserve_bytes=2**62).check()
