"""The committed ABI is that of the source."""

from pathlib import Path

import pytest

from tools.deployment.abi import check_abi, export_abi
from tools.deployment.errors import DeploymentError
from tools.deployment.places import ABI_FILE


def test_check_abi__committed__is_that_of_the_source() -> None:
    check_abi(ABI_FILE)


def test_export_abi__exported__passes_its_check_and_is_stable(tmp_path: Path) -> None:
    path = tmp_path / "abi" / "ComplaintRegistry.json"
    export_abi(path)
    first = path.read_bytes()
    check_abi(path)
    export_abi(path)
    assert path.read_bytes() == first == ABI_FILE.read_bytes()


def test_check_abi__differs_or_missing__refused(tmp_path: Path) -> None:
    path = tmp_path / "ComplaintRegistry.json"
    with pytest.raises(DeploymentError, match="is missing; run `ape run export_abi`"):
        check_abi(path)
    path.write_text(ABI_FILE.read_text().replace("escalatable", "escalateable"))
    with pytest.raises(DeploymentError, match="differs from the contract's source; run `ape run export_abi`"):
        check_abi(path)
