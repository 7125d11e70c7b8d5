"""Where things are in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = ROOT / "tools" / "networks"
ARTIFACTS = ROOT / "backend" / "deployments"
ABI_FILE = ROOT / "backend" / "blockchain" / "abi" / "ComplaintRegistry.json"


def shown(path: Path) -> str:
    """`path` as printed: relative to the repository when it lies inside."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
