# SPDX-License-Identifier: Apache-2.0
"""Each system call of a launch fails once: the whole node stands, or the start is refused, nothing left.

rednode.md 8: one line, status 125. The payload tells what it runs in;
after a call that failed and was got over, it must tell the same as without.
"""
import pytest

from exports_runs import export, owned_node
from fault_runs import every_fault
from redwrap_runs import CALLERS, SYSTEM, trusted_place, write_node
from test_joins import joining, namespaces

FIXTURES = (trusted_place,)
# Each mode that the first node lacks; with a directory to be made, and the node itself, which is covered.
MODES = (export("Restricted", "/made", "$NODE_PATH/one/two"), export("Public", "/node", "$NODE_PATH"),
         export("Private", "/private", "$NODE_PATH/etc"), export("PrivateRestricted", "/hidden", "/etc"),
         export("RestrictedFile", "/file", "$REDNODE_STATUS"), export("PublicFile", "/open", "/dev/null"),
         export("Execfd", "/told", "echo told"), export("Internal", "/given", "9"),
         export("Mqueue", "/queues"), export("Lock", "/node/.rednode.yaml"))
SETTINGS = {
    "identity": {"id_map": "full", "set-user": "1", "capabilities": [{"cap": "chown", "add": 1}],
                 "die-with-parent": "Enabled", "new-session": "Enabled", "chdir": "/tmp", "umask": "027"},
    "one root": {"map-root-user": 1, "seccomp": "off", "nested_userns": "Enabled", "tmpfs_size": "1M"},
    "shared processes": {"share_pid": "Enabled", "die-with-parent": "Enabled"},
    "most shared": {"share_all": "Enabled", "share_pid": "Disabled", "share_uts": "Disabled",
                    "share_time": "Disabled"},
}


@pytest.mark.parametrize("caller", CALLERS)
def test_each_system_call_that_fails_is_refused_or_got_over(place, caller):
    every_fault(write_node(place / "node", SYSTEM), place, CALLERS[caller])


@pytest.mark.parametrize("caller", CALLERS)
def test_of_every_export_mode(place, caller):
    content = place / "content"
    content.write_text("given\n", encoding="ascii")
    with_descriptor = (*CALLERS[caller], "sh", "-c", f'exec "$@" 9<{content}', "sh")
    every_fault(owned_node(place, CALLERS[caller], *MODES), place, with_descriptor,
                "cat /told /given; ls /made /node /private")


@pytest.mark.parametrize("caller, name", [(caller, name) for caller in CALLERS for name in SETTINGS
                                          if (caller, name) != ("user", "identity")])
def test_of_settings(place, caller, name):
    every_fault(owned_node(place, CALLERS[caller], **SETTINGS[name]), place, CALLERS[caller])


@pytest.mark.parametrize("caller", CALLERS)
def test_of_an_exported_root(place, caller):
    """With its mount points in it."""
    root = place / "root"
    for name in ("usr", "proc", "dev", "tmp", "var/empty"):
        (root / name).mkdir(parents=True)
    for name in ("bin", "lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    node = owned_node(place, CALLERS[caller], export("Restricted", "/", root))
    every_fault(node, place, CALLERS[caller])


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("kinds", [{"net", "ipc", "uts", "cgroup", "time", "pid"}, {"user", "net"}], ids=len)
def test_of_joined_namespaces(place, caller, kinds):
    """An ordinary user joins the user namespace besides."""
    kinds = kinds | {"user"} if caller == "user" else kinds
    exports = SYSTEM[SYSTEM.index("- {mode: Procfs"):SYSTEM.index("config:")]
    with namespaces(CALLERS[caller], user="user" in kinds) as paths:
        node = joining(place, {kind: paths[kind] for kind in kinds}, exports=exports)
        every_fault(node, place, CALLERS[caller])
