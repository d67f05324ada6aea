# SPDX-License-Identifier: Apache-2.0
"""REDPAK.RKA-R-REC: CAP_SYS_ADMIN, separate users, unprivileged starts.

The recommendations on configuration files are in test_risk_configuration.py.
"""

import os

from framework import export, host, minimal, verifies
from framework.caller import CALLERS, NEIGHBOUR
from framework.nodes import witness
from framework.verdict import CONTROL, PROTECTED

from . import acting

ITEM = "REDPAK.RKA-R-REC/"
CAP_SYS_ADMIN = 21


@verifies(ITEM + "sys-admin-absent", needs=("namespace.mnt",))
def test_no_sys_admin_unless_asked_for(check):
    """A node that says nothing about it cannot mount or unshare. Control: one that keeps it."""
    def look(role, **config):
        node = minimal(export("Anonymous", "/target"), **config)
        return check.observe(node, "cap_sys_admin", "mount_tmpfs=/target", "capability_sets", role=role)

    def bits(run):
        sets = run.inside["capability_sets"]
        return [int(sets[name], 16) >> CAP_SYS_ADMIN & 1 for name in sets if name != "no_new_privs"]

    def works(run):
        return [run.inside[name]["permitted"] for name in ("cap_sys_admin", "mount_tmpfs")]

    protected, control = look(PROTECTED), look(CONTROL, capabilities={"cap_sys_admin": 1})
    check.conclude(holds=not any(bits(protected) + works(protected)),
                   exposed=all(bits(control) + works(control)),
                   expected="no CAP_SYS_ADMIN in any set, nothing mounted, nothing unshared")


@verifies(ITEM + "separate-users", needs=("namespace.pid",))
def test_nodes_of_separate_users(check):
    """They share a directory and the process ids, and do not touch each other. Control: nodes of one user."""
    def look(first, role):
        folder = check.scratch(disk=True, owner=first)
        shared = {"share_pid": "Enabled"}
        with acting(check, first):
            node = check.place(minimal(export("Public", "/data", folder), **shared))
            with check.start(node, witness("make_file=/data/made"), "node") as running:
                made = running.observe()["make_file"]["permitted"]
                with acting(check, own):
                    return check.observe(
                        minimal(export("Public", "/data", folder), **shared), "read_file=/data/made",
                        f"find_process={running.pid}", role=role, outside=lambda _: {"made": made})

    own = check.caller
    protected, control = look(NEIGHBOUR, PROTECTED), look(own, CONTROL)
    check.conclude(holds=protected.outside["made"] and protected.inside["read_file"]["errno"] == "EACCES"
                   and protected.inside["find_process"]["errno"] == "EPERM",
                   exposed=control.outside["made"] and control.inside["read_file"]["permitted"]
                   and control.inside["find_process"]["permitted"], runs=[protected, control],
                   expected="neither the other's file read (EACCES) nor its process signalled (EPERM)")


@verifies(ITEM + "unprivileged-start", needs=("namespace.user.unprivileged",), callers=("user",))
def test_an_ordinary_user_starts_and_gains_nothing(check):
    """With all capabilities the user's node has no power over the host. Control: root's has."""
    host.keep_names(check)
    folder = check.scratch(owner=CALLERS["root"])
    secret = folder / "secret"
    secret.write_text("root's\n")
    secret.chmod(0o600)

    def look(role, **config):
        node = minimal(export("Restricted", "/data", folder), capabilities={"ALL": 1}, share_uts="Enabled",
                       **config)
        run = check.observe(node, "read_file=/data/secret", f"set_host_name={host.fresh_name()}", role=role,
                            outside=lambda running: {"uid": os.stat(f"/proc/{running.pid}").st_uid})
        return run, [run.inside[name]["permitted"] for name in ("read_file", "set_host_name")]

    protected, gained = look(PROTECTED)
    with acting(check, CALLERS["root"]):
        control, has = look(CONTROL, share_user="Enabled")
    check.conclude(holds=not any(gained) and protected.outside["uid"] == check.caller.uid,
                   exposed=all(has) and control.outside["uid"] == 0,
                   expected="a node of the user's own id that neither reads root's file nor renames the host")
