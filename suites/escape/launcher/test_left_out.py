# SPDX-License-Identifier: Apache-2.0
"""What cannot be had must not be left out: limits, namespaces (weaknesses W7, W11, W14)."""

from pathlib import Path

from cgroups.groups import prepare
from framework import host, minimal, verifies
from framework.nodes import witness
from framework.process import namespace

from . import conclude, items

# Those that every launcher here has words for; each can be forbidden by a limit of zero.
KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
SETTINGS = Path("/proc/sys/user")


def _forbid(check, kind):
    """Let nobody make a namespace of this kind, for the time of the check. Returns what permits it again."""
    setting = SETTINGS / f"max_{kind}_namespaces"
    before = setting.read_text(encoding="ascii")
    check.at_end(setting.write_text, before)
    setting.write_text("0")
    return lambda: setting.write_text(before)


def _own(*kinds):
    """Return a function for `outside`: which of these namespaces are the node's own."""
    return lambda running: [kind for kind in kinds
                            if namespace(running.pid, kind) != namespace("self", kind)]


@verifies(*items("limit-left-out"), needs=("cgroup.mode", "cgroup.controller.cpuset"))
def test_a_limit_that_cannot_be_set(check):
    """A processor that this machine does not have."""
    _, base = prepare(check)
    protected = check.run(minimal(cgroups={"cpuset": {"cpus": "1000"}}, **base), witness("pid"))
    control = check.observe(minimal(**base), "pid", role="control")
    conclude(check, "limit-left-out", "W7", holds=check.refused(protected),
             exposed=control.status == 0, expected="the node refused")


@verifies(*items("time-namespace-left-out", "time-shared-unasked"), needs=("namespace.time",))
def test_time(check):
    """It is the host's neither where everything is disabled, nor where no namespace can be made."""
    own = _own("time")
    control = check.observe(minimal(share_all="Disabled", share_time="Enabled"), "pid", role="control",
                            outside=own)
    apart = check.observe(minimal(share_all="Disabled"), "pid", outside=own)
    conclude(check, "time-shared-unasked", "W11", holds=apart.outside == ["time"],
             exposed=control.outside == [], expected="a time namespace of its own")
    _forbid(check, "time")
    protected = check.run(minimal(share_time="Disabled"), witness("pid"))
    conclude(check, "time-namespace-left-out", "W14", holds=check.refused(protected),
             runs=[protected, control], exposed=control.outside == [], expected="the node refused")


@verifies(*items("time-shared-by-default"), needs=("namespace.time",))
def test_time_by_default(check):
    """Nor is it where the node says nothing at all, which is to mean the same for all kinds."""
    check.launcher.native("a share of which nothing is said")
    own = _own("time")
    protected = check.observe(minimal(), "pid", outside=own)
    control = check.observe(minimal(share_time="Enabled"), "pid", role="control", outside=own)
    conclude(check, "time-shared-by-default", "W11", holds=protected.outside == ["time"],
             exposed=control.outside == [], expected="a time namespace of its own")


@verifies(*items("namespaces-left-out"), needs=[f"namespace.{kind}" for kind in KINDS])
def test_namespaces(check):
    """Each kind that cannot be made, while the others can."""
    control = check.observe(minimal(share_user="Enabled", share_net="Enabled", share_pid="Enabled"), "pid",
                            role="control", outside=_own("net", "pid"))
    refused = []
    for kind in KINDS:
        permit = _forbid(check, kind)
        refused.append(check.refused(check.run(minimal(), witness("pid"))))
        permit()
    apart = check.observe(minimal(), "pid", outside=_own(*KINDS))
    conclude(check, "namespaces-left-out", "W14", holds=all(refused) and apart.outside == list(KINDS),
             exposed=control.outside == [], expected="each node refused, but for one that nothing forbids")


@verifies(*items("rename-the-host"), needs=("namespace.uts",), callers=("root",))
def test_the_hosts_name(check):
    """A payload that may: with CAP_SYS_ADMIN, and nothing said of the namespace."""
    host.keep_names(check)

    def look(role, **config):
        before, name = host.names(), host.fresh_name()
        run = check.observe(minimal(capabilities={"cap_sys_admin": 1}, **config), f"set_host_name={name}",
                            role=role)
        run.observation["outside"] = host.names() != before
        return run

    protected = look("protected")
    control = look("control", share_uts="Enabled", share_user="Enabled")
    conclude(check, "rename-the-host", "W11", holds=not protected.outside, exposed=control.outside,
             expected="the host's name as it was")
