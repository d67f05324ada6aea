# SPDX-License-Identifier: Apache-2.0
"""How a test says what it verifies, on which findings it depends, and for whom."""

from dataclasses import dataclass

import pytest

from .caller import CALLERS

MARK = "verifies"


@dataclass(frozen=True)
class Claim:
    """What a test verifies. items: ids of the registry; needs: ids of probe findings."""

    items: tuple
    needs: tuple = ()


def claim_of(test):
    """Return the Claim of a collected test, None without one."""
    mark = test.get_closest_marker(MARK)
    return mark.args[0] if mark else None


def verifies(*items, needs=(), callers=tuple(CALLERS)):
    """Decorate a test that verifies these items, once for each caller.

    items: ids of the registry; needs: ids of probe findings without which it cannot run: if one is
    unsupported or restricted, that becomes the verdict; callers: "root", "user", or both.
    """
    return each_verifies(None, [(None, Claim(items, tuple(needs)), callers)])


def each_verifies(argument, rows):
    """Decorate a test that runs for each row of a table, each row verifying items of its own.

    argument: name of the test's argument that takes the row's value; rows: iterable of (value, Claim,
    callers). The text of the value names the row in the test's id.
    """
    names = ["caller"] if argument is None else [argument, "caller"]
    parameters = []
    for value, claim, callers in rows:
        for caller in callers:
            values, label = ([caller], caller) if argument is None else ([value, caller], f"{value}-{caller}")
            parameters.append(pytest.param(*values, id=label, marks=getattr(pytest.mark, MARK)(claim)))
    return pytest.mark.parametrize(names, parameters, indirect=["caller"])
