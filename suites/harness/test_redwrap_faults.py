# SPDX-License-Identifier: Apache-2.0
"""Each system call of a launch fails once: the whole node stands, or the start is refused, nothing left.

rednode.md 8: one line, status 125. The payload tells what it runs in;
after a call that failed and was got over, it must tell the same as without.
"""
import pytest

from fault_runs import every_fault
from redwrap_runs import CALLERS, SYSTEM, trusted_place, write_node

FIXTURES = (trusted_place,)


@pytest.mark.parametrize("caller", CALLERS)
def test_each_system_call_that_fails_is_refused_or_got_over(place, tmp_path, caller):
    node = write_node(place / "node", SYSTEM)
    before = sorted(place.rglob("*"))
    every_fault(node, tmp_path, CALLERS[caller])
    assert sorted(place.rglob("*")) == before
