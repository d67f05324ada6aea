# SPDX-License-Identifier: Apache-2.0
"""What the tests of control groups share: nodes with limits, groups as bases, nodes that run meanwhile.

They change the groups of the whole system, so that they run in a guest alone.
"""
import json
import os
import signal
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

from redwrap_runs import CALLERS, LIMIT, REDWRAP, children, run, write_node

MOUNT = Path("/sys/fs/cgroup")
ASIDE = "redpak-pids-leaf"
# What a delegatee must be able to write; Documentation/admin-guide/cgroup-v2.rst, Delegation.
DELEGATED = (".", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads")
CONTROLLERS = ("cpuset", "cpu", "io", "memory", "pids")
EXPORTS = [{"mode": "Restricted", "mount": "/usr"}, {"mode": "Procfs", "mount": "/proc"},
           {"mode": "Devfs", "mount": "/dev"},
           *({"mode": "Symlink", "mount": f"/{at}", "path": f"usr/{at}"} for at in ("bin", "lib", "lib64"))]
LIMITS = {"pids": {"max": 50}}
UID = {"root": 0, "user": 1000}


def document(cgroups=None, exports=(), **config):
    """Return the text of a configuration; cgroups: its section or None; exports: besides the usual."""
    if cgroups is not None:
        config["cgroups"] = cgroups
    return json.dumps({"headers": {"alias": "limited"}, "exports": [*EXPORTS, *exports], "config": config})


def limited(directory, cgroups=None, **config):
    """Make `directory` a node with these limits. Returns it."""
    return write_node(directory, document(cgroups, **config))


def admin(node, cgroups, **config):
    """Give a node an admin configuration with these limits."""
    path = node / "etc/redpak-admin.yaml"
    path.write_text(json.dumps({"headers": {"alias": "admin"}, "config": {"cgroups": cgroups, **config}}),
                    encoding="utf-8")
    path.chmod(0o644)


def entering(group):
    """Return what makes a child enter `group` before its exec; None where it stays in the root group."""
    if group == MOUNT:
        return None
    return lambda: (group / "cgroup.procs").write_text("0", encoding="utf-8")


def start(node, script, group, caller="root", options=()):
    """Run a script in a node, redwrap being started in `group`."""
    return run(*CALLERS[caller], REDWRAP, "--redpath", node, *options, "--", "/bin/sh", "-c", script,
               preexec_fn=entering(group))


@contextmanager
def running(node, group, caller="root", options=(), script="echo ready; read end"):
    """A node that runs until a line is written to it; its first line has been read into `said`."""
    argv = [*CALLERS[caller], REDWRAP, "--redpath", node, *options, "--", "/bin/sh", "-c", script]
    with subprocess.Popen([str(word) for word in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, preexec_fn=entering(group)) as process:
        watch = threading.Timer(LIMIT, process.kill)
        watch.start()
        try:
            process.said = process.stdout.readline()
            assert process.said, process.stderr.read()
            yield process
            if process.poll() is None:
                process.stdin.write("end\n")
                process.stdin.flush()
            process.wait()
        finally:
            watch.cancel()
            process.kill()


def tree(base):
    """Return the groups below a group, as paths relative to it."""
    return sorted(str(Path(where).relative_to(base) / name) for where, below, _ in os.walk(base)
                  for name in below)


def tree_name(path):
    """Return the name of the group of a node whose path needs no more."""
    return str(path)[1:].replace("-", "\\x2d").replace("/", "-")


def device(link):
    """Return MAJOR:MINOR of the block device that a link names."""
    number = os.stat(f"/dev/redproof/{link}").st_rdev
    return f"{os.major(number)}:{os.minor(number)}"


def instance(base, name):
    """Return the one group of an instance of the node whose group is `name` (a path) below the base."""
    found, = [entry for entry in (base / name).iterdir() if entry.name.startswith("run-") and entry.is_dir()]
    return found


def read(group, file):
    """Return what a file of a group holds, without the newline at its end."""
    return (group / file).read_text(encoding="utf-8").strip()


def members(group):
    """Return the processes of a group, without those of the groups below."""
    return [int(word) for word in read(group, "cgroup.procs").split()]


def kill_with_watcher(redwrap):
    """Kill redwrap as if its watcher, the child that is no process 1 of a node, were not there."""
    watcher, = [pid for pid in children(redwrap.pid) if own_group(pid) == own_group(redwrap.pid)]
    os.kill(watcher, signal.SIGKILL)
    redwrap.kill()


def own_group(pid):
    """Return the path of a process's group."""
    line, = [line for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines()
             if line.startswith("0::")]
    return MOUNT / line[len("0::/"):]


def delegate(group, uid):
    """Let a user make groups below a group."""
    for file in DELEGATED:
        os.chown(group / file, uid, uid)


def remove_tree(group):
    """Remove a group and all below it; nothing may run there."""
    for where, _, _ in os.walk(group, topdown=False):
        os.rmdir(where)
