# SPDX-License-Identifier: Apache-2.0
"""REDPAK.RKA-R-CNF-PRO, third and fourth recommendation: who may change a configuration, or see it."""

import os

from framework import export, minimal, verifies
from framework.caller import NEIGHBOUR
from framework.nodes import ADMIN, CONFIGURATION, STATUS, WITNESS
from framework.process import namespace
from framework.redconf import creation, redconf
from framework.rights import SPOILT
from framework.verdict import CONTROL, PROTECTED

ITEM, RECOMMENDED = "REDPAK.RKA-R-CNF-PRO/", "REDPAK.RKA-R-REC/"


@verifies(ITEM + "decides", needs=("namespace.net",))
def test_a_change_opens_the_node(check):
    """One word of the configuration, changed between two starts, and the node shares what it did not."""
    base = check.place(minimal(share_net="Disabled"))

    def look(role):
        return check.observe(base, "interfaces", role=role, outside=lambda running: {
            "own": namespace(running.pid, "net") != namespace("self", "net")})

    audited = look(PROTECTED)
    file = base / CONFIGURATION
    text = file.read_text(encoding="utf-8").replace("share_net: Disabled", "share_net: Enabled")
    file.write_text(text, encoding="utf-8")
    changed = look(CONTROL)
    check.conclude(holds=audited.outside["own"], exposed=not changed.outside["own"],
                   expected="the network isolated as audited, and shared after the change")


@verifies(ITEM + "covered", needs=("namespace.mnt",))
def test_the_payload_does_not_change_it(check):
    """Not even where its directory is exported for writing, and the payload's user owns the file."""
    check.launcher.native("the configuration on disk")
    base = check.place(minimal(export("Public", "/data", "$NODE_PATH")))
    before = (base / CONFIGURATION).read_text(encoding="utf-8")
    protected = check.observe(base, f"write_text=/data/{CONFIGURATION},changed",
                              outside=lambda _: (base / CONFIGURATION).read_text(encoding="utf-8") == before)
    control = check.observe(None, f"write_text={base / CONFIGURATION},changed", role=CONTROL)
    check.conclude(holds=protected.inside["write_text"]["errno"] == "EROFS" and protected.outside,
                   exposed=control.inside["write_text"]["permitted"],
                   expected="writing refused in the node (EROFS), and not outside of it")


@verifies(ITEM + "created", RECOMMENDED + "configuration-protected")
def test_what_redconf_creates_is_its_owners(check):
    """Under a loose umask, too, nobody else writes what redconf created. Control: other modes let them."""
    node = check.scratch() / "node"
    done = redconf(check, *creation(check, node), umask="0")
    files = {"configuration": node / CONFIGURATION, "admin": node / ADMIN, "status": node / STATUS}
    modes = {name: os.stat(path).st_mode & 0o777 for name, path in files.items()}
    folders = [os.stat(path).st_mode & 0o022 for path in (node, node / "etc")]
    tries = [f"{name}:write_text={path},changed" for name, path in files.items()]
    with check.acting(NEIGHBOUR):
        protected = check.observe(None, *tries)
        for path in files.values():
            path.chmod(0o666)
        control = check.observe(None, *tries, role=CONTROL)
    refused = all(attempt["errno"] == "EACCES" for attempt in protected.inside.values())
    narrow = done.status == 0 and not any(folders) and not any(mode & 0o137 for mode in modes.values())
    for item in check.marked.items:
        check.conclude(item, holds=refused and narrow,
                       exposed=all(attempt["permitted"] for attempt in control.inside.values()),
                       expected="no file of the node to be written by another user (EACCES), none above 0640",
                       attributes={"modes": {name: f"{mode:04o}" for name, mode in modes.items()}})


@verifies(RECOMMENDED + "configuration-protected")
def test_what_others_may_change_starts_nothing(check):
    """Whatever of it is somebody else's, or his to write, is refused. Control: the same before that."""
    check.launcher.native("the configuration on disk")
    protected, control = [], check.observe(minimal(), "pid", role=CONTROL)
    for spoil in SPOILT.values():
        node = check.place(minimal())
        spoil(node)
        protected.append(check.run(node, [WITNESS, "pid"]))
    accepted = [name for name, run in zip(SPOILT, protected)
                if not check.refused(run) or run.stderr.count("\n") != 1]
    check.conclude(holds=not accepted, exposed=control.inside is not None,
                   expected="each refused in one line",
                   attributes={"accepted": accepted, "refused": len(SPOILT) - len(accepted)})


@verifies(RECOMMENDED + "configuration-not-inside", needs=("namespace.mnt",))
def test_the_configuration_is_not_inside(check):
    """A node does not find its own configuration where it is on the host. Control: it is exported."""
    base = check.place(minimal())
    protected = check.observe(base, f"read_file={base / CONFIGURATION}", "directory=/")
    control = check.observe(minimal(export("Restricted", "/node", base)), f"read_file=/node/{CONFIGURATION}",
                            "directory=/", role=CONTROL)
    check.conclude(holds=protected.inside["read_file"]["errno"] == "ENOENT",
                   exposed=control.inside["read_file"]["permitted"],
                   expected="the node's files not to be found in the node (ENOENT)")
