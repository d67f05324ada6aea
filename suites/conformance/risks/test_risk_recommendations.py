# SPDX-License-Identifier: Apache-2.0
"""REDPAK.RKA-R-REC: CAP_SYS_ADMIN, separate users, unprivileged starts.

The recommendations on configuration files are in test_risk_configuration.py.
"""

from framework import export, host, minimal, verifies
from framework.caller import CALLERS, NEIGHBOUR
from framework.nodes import CONFIGURATION, witness
from framework.process import status
from framework.redconf import redconf
from framework.verdict import CONTROL, PROTECTED

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
        with check.acting(first):
            node = check.place(minimal(export("Public", "/data", folder), **shared))
            with check.start(node, witness("make_file=/data/made"), "node") as running:
                made = running.observe()["make_file"]["permitted"]
                with check.acting(own):
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


def _users(pid):
    """Return the user ids of a process, once where they are all the same; proc(5)."""
    return " ".join(dict.fromkeys(status(pid)["Uid"].split()))


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
                            outside=lambda running: {"launcher": _users(running.process.pid),
                                                     "payload": _users(running.pid)})
        return run, [run.inside[name]["permitted"] for name in ("read_file", "set_host_name")]

    protected, gained = look(PROTECTED)
    with check.acting(CALLERS["root"]):
        control, has = look(CONTROL, share_user="Enabled")
    check.conclude(holds=not any(gained) and set(protected.outside.values()) == {str(check.caller.uid)},
                   exposed=all(has) and set(control.outside.values()) == {"0"},
                   expected="all of the user's own id, root's file not read, the host not renamed")


# What of a node does not follow each of the recommendations that a node can break.
BROKEN = {
    1: {"capabilities": {"cap_sys_admin": 1}},
    2: {"set-user": 0},
    4: {"exports": (export("Public", "/node", "$NODE_PATH"),)},
}


@verifies(ITEM + "named-by-check", callers=("root",))
def test_redconf_names_what_is_not_followed(check):
    """redconf check names the recommendation that a node breaks. Control: it says nothing of another node."""
    def look(role, exports=(), **config):
        return redconf(check, "check", check.place(minimal(*exports, **config)), role=role)

    broken = {number: look(PROTECTED, **config) for number, config in BROKEN.items()}
    writable = check.place(minimal())
    (writable / CONFIGURATION).chmod(0o666)
    trusted, control = redconf(check, "check", writable), look(CONTROL)
    named = all(run.status != 0 and f"(recommendation {number})" in run.stdout
                for number, run in broken.items())
    check.conclude(holds=named and trusted.status != 0 and "others may write" in trusted.stderr,
                   exposed=(control.status, control.stdout, control.stderr) == (0, "", ""),
                   expected="each recommendation that is not followed to be named, and nothing else")
