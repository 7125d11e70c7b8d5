"""Faults made to happen on the real parts. Every test ends with the same check: nothing lost, nothing doubled."""

import pytest

pytest.register_assert_rewrite("tests.faults.check")
