# SPDX-License-Identifier: Apache-2.0
"""What a chain of configurations forbids, and a child or a start without --admin might get (W9, W10)."""

from framework import host, minimal, verifies
from framework.nodes import ADMIN, witness
from framework.redconf import redconf

from . import conclude, denied, items, permitted

RESTRICTION = "headers: {alias: admin}\nconfig: {share_net: Disabled}\n"


def _child(check, parent, child, attempt, role):
    """Run an attempt of the witness in a node below another."""
    return check.run(check.place(child, below=check.place(parent)), witness(attempt), role=role)


@verifies(*items("child-against-share-all"), needs=("namespace.net",))
def test_a_child_names_one_share(check):
    """The parent shares nothing; the child asks for the network."""
    check.launcher.native("parents of a node")
    attempt = f"connect_port={host.listen_port(check)}"
    child = minimal(share_net="Enabled")
    protected = _child(check, minimal(share_all="Disabled"), child, attempt, "protected")
    control = _child(check, minimal(), child, attempt, "control")
    conclude(check, "child-against-share-all", "W9", holds=denied(check, protected, "connect_port"),
             exposed=permitted(control, "connect_port"), expected="the node refused")


@verifies(*items("child-against-all-capabilities"), needs=("capability.bounding",))
def test_a_child_names_one_capability(check):
    """The parent keeps none; the child asks for one."""
    check.launcher.native("parents of a node")
    child = minimal(capabilities={"cap_sys_chroot": 1})
    protected = _child(check, minimal(capabilities={"ALL": 0}), child, "cap_sys_chroot", "protected")
    control = _child(check, minimal(), child, "cap_sys_chroot", "control")
    conclude(check, "child-against-all-capabilities", "W9", holds=denied(check, protected, "cap_sys_chroot"),
             exposed=permitted(control, "cap_sys_chroot"), expected="the node refused")


@verifies(*items("admin-restriction-left-out"), needs=("namespace.net",))
def test_a_start_without_admin(check):
    """What A restricts, anybody leaves out who starts without it: whoever looks at the node is told."""
    admin = check.launcher.native("--admin")
    place = check.place(minimal(share_net="Enabled"))
    attempt = witness(f"connect_port={host.listen_port(check)}")

    def say(role="protected"):
        return [redconf(check, word, place, role=role) for word in ("mergeconfig", "check")]

    plain = say("control")
    path = place / ADMIN
    path.write_text(RESTRICTION, encoding="utf-8")
    path.chmod(0o644)
    told = say()
    held = check.run(place, attempt, extra=admin)
    control = check.run(place, attempt, role="control")
    conclude(check, "admin-restriction-left-out", "W10",
             holds=denied(check, held, "connect_port")
             and all("share_net" in line and "--admin" in line
                     for line in (run.stdout.strip().splitlines()[-1] for run in told)),
             exposed=permitted(control, "connect_port") and not any("--admin" in run.stdout for run in plain),
             expected="the restriction named, and held with --admin")
