# SPDX-License-Identifier: Apache-2.0
"""The job, as each launcher is told to do it.

All namespaces new, tmpfs as root, five read-only binds, /proc, a minimal /dev, tmpfs on /tmp, capabilities
dropped, loopback up, an init, and a static program that does nothing. No cgroups.
"""
import json

SYSTEM_BINDS = ("/usr", "/etc", "/opt", "/srv")
PROGRAM_MOUNT = "/bench"
PROGRAM = f"{PROGRAM_MOUNT}/noop"
BINDS = (*SYSTEM_BINDS, PROGRAM_MOUNT)

# What a launcher cannot do of the job. Everything else is checked, see look.py.
LACKS = {
    "redwrap": set(),
    "bubblewrap": {"namespace time"},
    "crun": {"init"},
    "crun, user shared": {"init", "namespace user", "namespace time"},
}

_STATUS = "realpath: {path}\ntimestamp: 1\nstate: Enable\n"
_OTHERS = ("- {mode: Procfs, mount: /proc}", "- {mode: Devfs, mount: /dev}", "- {mode: Tmpfs, mount: /tmp}")
# The largest configuration that the job allows, in bytes.
_FILE_MOST = 1024


def _write_node(path, alias, exports):
    (path / "etc").mkdir(parents=True)
    config = "\n".join((f"headers: {{alias: {alias}}}", "exports:", *exports,
                        "config: {share_all: Disabled}", ""))
    assert len(config) < _FILE_MOST
    (path / ".rednode.yaml").write_text(_STATUS.format(path=path), encoding="utf-8")
    (path / "etc/redpak.yaml").write_text(config, encoding="utf-8")


def _exports(program_directory):
    binds = [f"- {{mode: Restricted, mount: {mount}}}" for mount in SYSTEM_BINDS]
    return [*binds, f"- {{mode: Restricted, mount: {PROGRAM_MOUNT}, path: {program_directory}}}", *_OTHERS]


def write_nodes(place, program_directory):
    """Write a node, and four in a chain with the same mounts. Returns the paths of node and chain's leaf."""
    exports = _exports(program_directory)
    one, chain = place / "one", place / "chain"
    _write_node(one, "one", exports)
    for level in range(4):
        _write_node(chain, f"level{level}", exports[level::4])
        leaf, chain = chain, chain / "child"
    return one, leaf


def redwrap(binary, node):
    """Return the words of redwrap."""
    return [str(binary), "--redpath", str(node), "--", PROGRAM]


def bubblewrap(binary, program_directory):
    """Return the words of bubblewrap."""
    binds = [word for mount in SYSTEM_BINDS for word in ("--ro-bind", mount, mount)]
    return [binary, "--unshare-user", "--unshare-all", "--cap-drop", "ALL", *binds, "--ro-bind",
            str(program_directory), PROGRAM_MOUNT, "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
            "--", PROGRAM]


def _crun_mounts(program_directory):
    safe = ["nosuid", "nodev"]
    yield {"destination": "/proc", "type": "proc", "source": "proc"}
    yield {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]}
    yield {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
           "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]}
    yield {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": safe}
    for mount in BINDS:
        source = mount if mount in SYSTEM_BINDS else str(program_directory)
        yield {"destination": mount, "type": "bind", "source": source,
               "options": ["rbind", "ro", "rprivate", *safe]}


def crun(binary, place, program_directory, user_shared=False):
    """Write a bundle for crun below `place`, a tmpfs, and return the words of crun.

    With `user_shared` it does less than the job: no user namespace, and no time namespace, which crun 1.8.1
    makes only with one.
    """
    kinds = ["cgroup", "network", "pid", "ipc", "uts", "mount", *([] if user_shared else ["user", "time"])]
    ids = [{"containerID": 0, "hostID": 0, "size": 1}]
    maps = {} if user_shared else {"uidMappings": ids, "gidMappings": ids}
    config = {
        "ociVersion": "1.0.0",
        "process": {
            "terminal": False, "user": {"uid": 0, "gid": 0}, "args": [PROGRAM],
            "env": ["PATH=/usr/bin"], "cwd": "/",
            "noNewPrivileges": True,
            "capabilities": {name: [] for name in ("bounding", "effective", "inheritable", "permitted",
                                                   "ambient")},
        },
        "root": {"path": "rootfs", "readonly": False},
        "hostname": "bench",
        "mounts": list(_crun_mounts(program_directory)),
        "linux": {
            "namespaces": [{"type": kind} for kind in kinds],
            **maps,
            "maskedPaths": [f"/proc/{name}" for name in ("kcore", "keys", "timer_list", "kmsg",
                                                         "sched_debug")],
            "readonlyPaths": [f"/proc/{name}" for name in ("sys", "sysrq-trigger", "irq", "bus")],
        },
    }
    (place / "rootfs").mkdir(parents=True)
    (place / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return [binary, "--cgroup-manager=disabled", "--root", str(place / "state"), "run", "--bundle",
            str(place), "bench"]
