# SPDX-License-Identifier: Apache-2.0
"""All capabilities in all five sets: at the start, after an exec, and after one of a privileged program.

Every second one is kept, then the others, so that each comes with one half only.
"""

import os
import shutil
import struct
from dataclasses import replace

from framework import export, minimal, verifies
from framework.caller import CALLERS
from framework.nodes import WITNESS
from framework.verdict import CONTROL

from . import ITEM
from .sets import NUMBERS, attributes_of, bits, is_absent, is_present, outside, where
from .table import CAPABILITIES

ITEMS = tuple(ITEM + capability.name for capability in CAPABILITIES)
ROOT, USER = CALLERS["root"], CALLERS["user"]
PLACE = "/programs"
# In which sets an exec of each program puts capabilities that the process had not got.
GAINED = {"setuid": ("permitted", "effective"), "granted": ("permitted",)}
# struct vfs_cap_data of linux/capability.h, revision 2: all of them permitted.
FILE_CAPABILITIES = struct.pack("<5I", 0x02000000, 0xffffffff, 0, 0xffffffff, 0)


def _programs(check):
    """Return a directory with two witnesses: one is set-user-id root, one has file capabilities."""
    directory = check.scratch(disk=True, owner=ROOT)
    for name in GAINED:
        shutil.copy(check.build.witness, directory / name)
    (directory / "setuid").chmod(0o4755)
    os.setxattr(directory / "granted", "security.capability", FILE_CAPABILITIES)
    return directory


def _observations(witness, programs):
    return ["capability_sets", f"exec:sets_after={witness}",
            *(f"{name}:sets_after={programs}/{name}" for name in GAINED)]


def _after(run, capability, program):
    return bits(run.inside[program]["capability_sets"], capability)


def _stays_away(run, capability):
    """In no set, nor after the exec of any program."""
    return is_absent(run, capability) and not any(
        any(_after(run, capability, program)) for program in ("exec", *GAINED))


def _stays(run, capability):
    """In all sets, also after an exec."""
    return is_present(run, capability) and all(_after(run, capability, "exec"))


def _comes(run, capability):
    """Whoever has not got it, gets it by a privileged program."""
    return all(all(bits(run.inside[program]["capability_sets"], capability, sets))
               for program, sets in GAINED.items())


def _without_launcher(check, directory):
    """An ordinary user executes the programs where nothing forbids it."""
    with check.acting(USER):
        return check.observe(None, *_observations(check.build.witness, directory), role=CONTROL,
                             outside=outside)


def _conclude_halves(check, **config):
    directory = _programs(check)

    def look(remainder):
        chosen = {name: int(number % 2 == remainder) for name, number in NUMBERS.items()}
        node = minimal(export("Restricted", PLACE, directory), capabilities=chosen, share_all="Enabled",
                       **config)
        return check.observe(node, *_observations(WITNESS, PLACE), outside=outside)

    halves, gained = [look(0), look(1)], _without_launcher(check, directory)
    for number, capability in enumerate(CAPABILITIES):
        kept, dropped = halves[number % 2], halves[1 - number % 2]
        away, stays = _stays_away(dropped, capability), _stays(kept, capability)
        attributes = attributes_of(kept, False)
        check.conclude(ITEM + capability.name, holds=away, exposed=stays and _comes(gained, capability),
                       runs=[dropped, replace(kept, role=CONTROL), gained], attributes=attributes,
                       seen=f"dropped, {where(dropped, capability)}",
                       expected="dropped, it is in none of the five sets, whatever is executed")
        check.conclude(ITEM + capability.name, holds=stays, exposed=not _stays(dropped, capability),
                       runs=[kept, replace(dropped, role=CONTROL)], attributes=attributes,
                       seen=f"kept, {where(kept, capability)}",
                       expected="kept, it is in all five sets, also after an exec")


@verifies(*ITEMS, callers=("root",))
def test_sets_of_root(check):
    """A payload of root in the initial user namespace."""
    _conclude_halves(check, share_user="Enabled")


@verifies(*ITEMS, callers=("root",))
def test_sets_of_a_user(check):
    """A payload of an ordinary user in the initial user namespace: set-user-id root would count there."""
    _conclude_halves(check, share_user="Enabled", **{"set-user": USER.uid, "set-group": USER.gid})


@verifies(*ITEMS, needs=("namespace.user",))
def test_sets_of_a_namespace(check):
    """In a user namespace of the node's own."""
    _conclude_halves(check, share_user="Disabled")
