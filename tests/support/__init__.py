"""What the contract's tests share: a node, a contract client, actors, a chain of links in plain Python."""

import pytest

pytest.register_assert_rewrite("tests.support.contract", "tests.support.snapshots")
