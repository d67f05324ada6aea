# SPDX-License-Identifier: Apache-2.0
"""One area of redprobe, asked in surroundings that forbid it something; also in guests: no jsonschema.

Surroundings are commands that run what follows them.
"""
import json
import os
import subprocess
import sys
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REDPROBE = ROOT / "build/bin/redprobe"
IN_NODE = "/redproof/redprobe"
NODE = f"""headers: {{alias: probed}}
exports:
- {{mode: Restricted, mount: /usr}}
- {{mode: Restricted, mount: /redproof, path: {REDPROBE.parent}}}
- {{mode: Symlink, mount: /bin, path: usr/bin}}
- {{mode: Symlink, mount: /lib, path: usr/lib}}
- {{mode: Symlink, mount: /lib64, path: usr/lib64}}
- {{mode: Procfs, mount: /proc}}
- {{mode: Devfs, mount: /dev}}
- {{mode: Tmpfs, mount: /tmp}}
config:
  hostname: probed
"""
USER = ("setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups")


def ask(area, *before, command=REDPROBE):
    """Return the features of one area, found by redprobe that the command `before` runs."""
    done = subprocess.run([*map(str, before), command, "--only", area, "--json"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["features"]


def filtered(action, *calls):
    """Surroundings in which the system calls give the errno `action`, or `kill`."""
    return (sys.executable, Path(__file__).with_name("call_filter.py"), action, ",".join(calls))


def in_mounts(script, *more):
    """Surroundings with a mount namespace of their own, changed by `script`; `more` runs in that."""
    return ("unshare", "--mount", "sh", "-ec", script + '; exec "$@"', "sh", *more)


def worse(features, reference):
    """Return {id: (status, what forbids it or is needed)} of the features whose status is another one."""
    return {name: (finding["status"], finding.get("forbidden_by") or finding.get("needs"))
            for name, finding in features.items() if finding["status"] != reference[name]["status"]}


def assert_whole(features):
    """Each finding says what was tried, and what forbids it or is needed."""
    for name, finding in features.items():
        assert finding["detail"], name
        assert ("forbidden_by" in finding) == (finding["status"] == "restricted"), name
        assert ("needs" in finding) == (finding["status"] == "unknown"), name


@contextmanager
def in_node(*lines):
    """A command that runs what follows it in a node, with these lines at the end of `config`.

    There redprobe is IN_NODE.
    """
    with tempfile.TemporaryDirectory(prefix="node-") as name:
        place = Path(name)
        status = f"realpath: {place}\ntimestamp: 1\nstate: Enable\n"
        (place / "etc").mkdir()
        (place / ".rednode.yaml").write_text(status, encoding="ascii")
        (place / "etc/redpak.yaml").write_text(NODE + "".join(f"  {line}\n" for line in lines))
        place.chmod(0o755)
        yield (REDPROBE.with_name("redwrap"), "--redpath", place, "--")


def names(features, status):
    """Return the ids of the features with this status."""
    return {name for name, finding in features.items() if finding["status"] == status}


def _has(entry, marker):
    try:
        return marker in Path("/proc", entry, "environ").read_bytes()
    except OSError:  # it has ended meanwhile
        return False


def left_by(area, *before, cwd=None):
    """Return what redprobe leaves behind, as a list that must be empty: mounts, processes.

    Others may run it and mount at the same time: so there is a mount namespace for it, and a mark in its
    environment, which its processes have from it.
    """
    marker = uuid.uuid4().hex
    script = 'seen() { cat /proc/self/mountinfo; }; first=$(seen); "$@" >/dev/null; [ "$first" = "$(seen)" ]'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", *map(str, before), REDPROBE, "--only", area]
    done = subprocess.run(command, env={**os.environ, "MARK": marker}, cwd=cwd, check=False)
    left = ["mounts"] if done.returncode else []
    return left + [entry for entry in os.listdir("/proc") if entry.isdigit() and _has(entry, marker.encode())]
