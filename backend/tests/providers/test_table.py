"""docs/providers.md says what the tests show."""

import pytest

from tests.providers.members import ZOO
from tests.providers.mutants import BACKEND, MUTANTS, Mutant
from tests.providers.table import PAGE, page_with

# Members that need nothing of ours: the transport's own business.
NOTHING_TAKEN_OUT = {"compressed"}


def test_page__table__is_that_of_the_zoo() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with(page), "run `python -m tests.providers.table` in backend/"


def test_mutants__members__each_has_one() -> None:
    assert {mutant.member for mutant in MUTANTS} | NOTHING_TAKEN_OUT == ZOO.keys()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda it: f"{it.member} {it.file}")
def test_mutants__handling_to_take_out__is_there_once(mutant: Mutant) -> None:
    assert (BACKEND / "blockchain" / mutant.file).read_text("utf-8").count(mutant.old) == 1
