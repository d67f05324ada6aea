# SPDX-License-Identifier: Apache-2.0
"""REDPAK.RKA-R-CNF-SAF: configurations that try to harm, and a redconf without privilege."""

import os

from framework import Claim, each_verifies, minimal, node, verifies
from framework.caller import CALLERS
from framework.nodes import CONFIGURATION, WITNESS
from framework.redconf import creation, redconf
from framework.verdict import CONTROL, cut

from . import Powerless
from .hostile import HOSTILE, host, mended

ITEM = "REDPAK.RKA-R-CNF-SAF/"
REPEATED, WORD = 600, "conformance"


def _callers(kind):
    """What is read and refused, is so for everybody; what is built, root builds in another way."""
    return tuple(CALLERS) if kind in ("mounts", "late-errors") else ("root",)


@each_verifies("kind", [(kind, Claim((ITEM + kind,)), _callers(kind)) for kind in HOSTILE])
def test_hostile_configuration(check, kind):
    """Each refused in one line, without a trace on the host. Control: mended it starts, and is seen there."""
    check.launcher.native("the configuration on disk")
    base, sound = check.place(minimal()), check.place(mended(check, kind))
    before, reasons = host(), {}
    for name, text in HOSTILE[kind].items():
        (base / CONFIGURATION).write_bytes(text if isinstance(text, bytes) else text.encode())
        run = check.run(base, [WITNESS, "pid"])
        refused = check.refused(run) and run.stderr.count("\n") == 1
        reasons[name] = cut(run.stderr.strip()) if refused else None
    after = host()
    control = check.observe(sound, "pid", role=CONTROL, outside=lambda _: {"shows": host() != before})
    accepted = [name for name, reason in reasons.items() if not reason]
    check.conclude(holds=not accepted and after == before, exposed=control.outside["shows"],
                   expected="each refused in one line, and mounts, groups, processes and files as before",
                   attributes={"reasons": reasons, "accepted": accepted, "nothing_left": after == before})


@verifies(ITEM + "variables")
def test_variables(check):
    """A variable that names itself is empty there, and a long value is whole. Control: it names another."""
    check.launcher.native("variables")

    def look(value, role):
        environ = [{"key": "VALUE", "value": f"<{value}>"}]
        return check.run(node(environ=environ), ["/bin/sh", "-c", 'echo "\\"$VALUE\\""'], role=role)

    itself = look("$VALUE", "protected")
    long, control = look("$NODE_ALIAS" * REPEATED, "protected"), look("$NODE_ALIAS", CONTROL)
    check.conclude(holds=itself.inside == "<>" and long.inside == f"<{WORD * REPEATED}>",
                   exposed=control.inside == f"<{WORD}>",
                   expected="nothing for itself, and each of the long value's words")


@verifies(ITEM + "redconf-powerless", callers=("root",))
def test_redconf_without_capabilities(check):
    """It creates, shows and checks a node that then starts. Control: what root cannot without them."""
    made = check.scratch() / "made"
    with check.acting(check.caller.as_a(Powerless)):
        done = [redconf(check, *creation(check, made))]
        done += [redconf(check, command, made)
                 for command in ("config", "mergeconfig", "tree", "check", "features")]
        weak = check.observe(None, "cap_sys_admin", "capability_sets")
    started = check.run(made, ["/nothing"])
    strong = check.observe(None, "cap_sys_admin", "capability_sets", role=CONTROL)
    check.conclude(holds=[run.status for run in done] == [0] * len(done) and os.stat(made).st_uid == 0
                   and not weak.inside["cap_sys_admin"]["permitted"] and started.status == 127,
                   exposed=strong.inside["cap_sys_admin"]["permitted"],
                   expected="every command of redconf to succeed without capabilities")
