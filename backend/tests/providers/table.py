"""The table of docs/providers.md: `python -m tests.providers.table` writes it."""

from pathlib import Path

from tests.providers.member import Member
from tests.providers.members import ZOO

PAGE = Path(__file__).resolve().parents[3] / "docs" / "providers.md"
BEGIN, END = "<!-- table: written by `python -m tests.providers.table` -->\n", "<!-- end of the table -->\n"
HEAD = "| provider | what it does | seen at | works | notices | recovers |\n|---|---|---|---|---|---|\n"


def table() -> str:
    return HEAD + "".join(map(_row, ZOO.items()))


def _row(item: tuple[str, type[Member]]) -> str:
    name, kind = item
    works = "yes" if kind.works else "no"
    if kind.works and not kind.calm:
        works = "yes, after retries"
    notices = f"health is red: {kind.notices.replace('|', ' / ')}" if kind.notices else "nothing to notice"
    if kind.works and not kind.calm:
        notices = "health is red while it lasts"
    recovers = "it is the chain's nature" if kind.lasting else "yes"
    return f"| `{name}` | {kind.does} | {kind.seen} | {works} | {notices} | {recovers} |\n"


def page_with(page: str) -> str:
    """The page with the table as it is now."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + "\n" + table() + "\n" + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
