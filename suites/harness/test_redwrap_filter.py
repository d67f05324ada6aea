# SPDX-License-Identifier: Apache-2.0
"""The seccomp filter as the keys seccomp, nested_userns and new-session switch it (rednode.md 5, W13, W20).

What each rule refuses is in suites/unit/runtime/test_filter*.c.
"""
import pytest

from redwrap_runs import SYSTEM, each_caller, run, shell, trusted_place, write_node, REDWRAP

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, trusted_place)

# Calls that have no effect, and fail even if they are allowed: keyctl without an operation, ioctl on no
# terminal. Prints the names of their errors.
PROBE = """
import ctypes, errno, termios
call = ctypes.CDLL(None, use_errno=True)
def error(result):
    return errno.errorcode[ctypes.get_errno()] if result < 0 else "none"
print(error(call.syscall(250, -1)), error(call.ioctl(0, termios.TIOCSTI, b"x")))
"""


def _node(place, *lines):
    """A node with these lines at the end of `config`, which ends the file."""
    return write_node(place / "node", SYSTEM + "".join(f"  {line}\n" for line in lines))


def _probe(node, caller):
    done = run(*caller, REDWRAP, "--redpath", node, "--", "/usr/bin/python3", "-c", PROBE)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("lines, keyrings, terminal", [
    ((), "ENOSYS", "EPERM"),
    (("seccomp: default", "new-session: Disabled"), "ENOSYS", "EPERM"),
    (("seccomp: off",), "ENOTSUP", "EPERM"),
    (("new-session: Enabled",), "ENOSYS", "ENOTTY"),
    (("seccomp: off", "new-session: Enabled"), "ENOTSUP", "ENOTTY"),
])
def test_w13_w20_what_is_refused(place, caller, lines, keyrings, terminal):
    """The list with `seccomp`; CVE-2017-5226: the terminal's requests, unless in a session of the node's."""
    assert _probe(_node(place, *lines), caller) == [keyrings, terminal]


def test_w20_a_kept_capability_lifts_its_rules(place, caller):
    kept = _node(place, "capabilities: [{cap: sys_admin, add: 1}]")
    assert _probe(kept, caller) == ["ENOTSUP", "EPERM"]


@pytest.mark.parametrize("lines, made", [((), False), (("nested_userns: Disabled",), False),
                                         (("seccomp: off",), False), (("nested_userns: Enabled",), True)])
def test_w20_nested_user_namespaces(place, caller, lines, made):
    """They are a key of their own, which `seccomp` does not switch."""
    done = shell(_node(place, *lines), "unshare --user true", caller)
    assert (done.returncode == 0) == made, done.stderr
    assert made or "unshare failed" in done.stderr


@pytest.mark.parametrize("lines, mode", [
    ((), "2"), (("seccomp: off", "new-session: Enabled"), "2"),
    (("seccomp: off", "new-session: Enabled", "nested_userns: Enabled"), "0")])
def test_no_filter_without_rules(place, caller, lines, mode):
    """The kernel's word for it (proc(5), Seccomp): where no rule is in force, no filter slows calls down."""
    done = shell(_node(place, *lines), "sed -n 's/^Seccomp:[[:space:]]*//p' /proc/self/status", caller)
    assert (done.returncode, done.stdout) == (0, mode + "\n"), done.stderr
