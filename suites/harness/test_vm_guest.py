# SPDX-License-Identifier: Apache-2.0
"""Guests: what a command finds in them, and how they end.

Real kernels boot where the kernel matters; elsewhere a kernel of two bytes hangs or resets at once.
"""

import json
import os
import signal
import socket
import time

import pytest
from made_machines import HANGS, MATRIX, REDVM, RESETS, guests_of, kernel_image, run, start
from machines import supervision
from machines.cache import Cache

KERNEL = "debian-6.1"

#: Prints facts that the contract with the suites promises, as one JSON object.
FACTS = r"""
import json, os, pwd, subprocess, sys
read = lambda path: open(path).read().strip()
size = lambda path: os.lseek(os.open(path, os.O_RDONLY), 0, os.SEEK_END)
def places(randomize=None):
    if randomize:
        open("/proc/sys/kernel/randomize_va_space", "w").write(randomize)
    return len({subprocess.check_output(["cat", "/proc/self/maps"]) for _ in range(4)})
mounts = {line.split()[1]: line.split()[3].split(",") for line in open("/proc/mounts")}
open("/output/made", "w").write("by the guest")
os.mkdir("/output/deep")
open("/output/deep/er", "w").write("file")
print("to stderr", file=sys.stderr)
release = os.uname().release
dry = ["modprobe", "--dry-run", "--verbose"]
print(json.dumps({
    "releases": os.listdir("/lib/modules") == [release], "loaded": read("/proc/modules"),
    "modules": mounts["/usr/lib/modules"][0],
    "loadable": subprocess.check_output([*dry, "overlay"], text=True).split()[0],
    "builtin": subprocess.call([*dry, "ext4"], stdout=-3),
    "absent": subprocess.call([*dry, "absent"], stderr=-3),
    "config": read(f"/lib/modules/{release}/config").splitlines(),
    "cwd": os.getcwd(), "uid": os.getuid(), "kernel": os.environ["REDPROOF_KERNEL"],
    "output": os.environ["REDPROOF_OUTPUT"], "home": os.environ["HOME"], "lang": os.environ["LANG"],
    "users": [pwd.getpwnam(name).pw_uid for name in ("rednode", "neighbour")],
    "cpus": os.cpu_count(), "nodes": read("/sys/devices/system/node/online"),
    "swaps": os.path.realpath("/dev/redproof/swap") in read("/proc/swaps"),
    "spare": size("/dev/redproof/spare"), "audit": "audit=1" in read("/proc/cmdline").split(),
    "cgroup": mounts["/sys/fs/cgroup"], "group": read("/proc/self/cgroup"),
    "controllers": read("/sys/fs/cgroup/cgroup.subtree_control"),
    "mounts": [path for path in ("/dev/shm", "/dev/pts", "/dev/mqueue", "/tmp", "/run") if path in mounts],
    "stdin": os.readlink("/dev/fd/0"), "tty": os.isatty(1), "input": read("/input/file"),
    "places": [places(), places("2")],
    "loopback": "up" if int(read("/sys/class/net/lo/flags"), 16) & 1 else "down",
    "interfaces": os.listdir("/sys/class/net"), "writable": [path for path, _, _ in os.walk("/redproof")
    if os.stat(path).st_mode & 0o022 or os.stat(path).st_uid]}))
sys.exit(77)
"""


@pytest.fixture(scope="module")
def guest(tmp_path_factory):
    """One run of FACTS: (status, facts, standard error, output directory)."""
    base = tmp_path_factory.mktemp("guest")
    (base / "in").mkdir()
    (base / "in" / "file").write_text("from the host")
    run(REDVM, "fetch", KERNEL)
    status, out, err = run(REDVM, "run", KERNEL, "--output", base / "out", "--input", base / "in", "--",
                           "python3", "-c", FACTS)
    return status, json.loads(out), err, base / "out"


def record_of(directory):
    """Return the content of a run's run.json."""
    return json.loads((directory / "run.json").read_text())


def test_status_streams_and_files_come_back(guest):
    status, _, err, out = guest
    assert status == 77 and err == "to stderr\n"
    assert (out / "made").read_text() == "by the guest" and (out / "deep" / "er").read_text() == "file"


def test_the_record_says_what_ran(guest):
    record = record_of(guest[3])
    listed = Cache().record(f"linux-{KERNEL}")
    assert record["schema"] == "redproof.run/1"
    facts = {key: listed[key] for key in ("package", "version", "release", "digest")}
    assert record["kernel"] == {"id": KERNEL, **facts}
    assert (record["outcome"], record["status"], record["error"]) == ("exited", 77, None)
    assert record["every_item"] is True and record["rootfs"]["digest"].startswith("sha256:")
    assert record["accelerator"] == "tcg" and record["seconds"] > record["boot_seconds"] > 0


def test_the_guest_keeps_its_contract(guest):
    facts = dict(guest[1])
    assert facts.pop("spare") >= 256 << 20
    assert facts.pop("places") == [1, 4]  # of four starts of a program, in an emulated guest
    assert {"nsdelegate", "memory_recursiveprot"} <= set(facts.pop("cgroup"))
    assert run(REDVM, "config", KERNEL)[1].splitlines() == facts.pop("config")
    assert facts == {
        "releases": True, "loaded": "", "modules": "ro", "loadable": "insmod", "builtin": 0, "absent": 1,
        "cwd": "/redproof", "uid": 0, "kernel": KERNEL, "output": "/output", "home": "/root",
        "lang": "C.UTF-8", "users": [1000, 1001], "cpus": 2, "nodes": "0-1", "swaps": True, "audit": True,
        "group": "0::/", "controllers": "", "stdin": "/dev/null",
        "mounts": ["/dev/shm", "/dev/pts", "/dev/mqueue", "/tmp", "/run"], "tty": False,
        "input": "from the host", "loopback": "up", "interfaces": ["lo"], "writable": []}


def test_a_kernel_of_ones_own_has_no_modules(tmp_path):
    digest = Cache().record(f"linux-{KERNEL}")["digest"].partition(":")[2]
    status, out, err = run(REDVM, "run", "--kernel-image", Cache().directory / "objects" / digest, "--",
                           "sh", "-c", "ls -d /lib/modules; uname -r")
    assert status == 0 and out.split() == [Cache().record(f"linux-{KERNEL}")["release"]], err


def broken(tmp_path, code, *options):
    """Run in a made kernel; return (status, standard error, record)."""
    path = kernel_image(tmp_path / "bzImage", code)
    status, out, err = run(REDVM, "run", "--kernel-image", path, "--output", tmp_path / "out", *options,
                           "--", "true")
    assert out == ""
    return status, err, record_of(tmp_path / "out")


@pytest.mark.parametrize("code, options, outcome, text", [
    (HANGS, ["--silence", "2"], "silent", "gave no sign of life for 2 s before its process 1 ran"),
    (HANGS, ["--timeout", "2"], "timeout", "did not end within 2 s; --timeout allows more"),
    (RESETS, [], "failed", "ended without an exit record"),
], ids=["silent", "timeout", "reset"])
def test_a_guest_that_does_not_live_is_an_error(tmp_path, code, options, outcome, text):
    status, err, record = broken(tmp_path, code, *options)
    assert status == 2 and text in err.splitlines()[0]
    assert (record["outcome"], record["status"]) == (outcome, None) and text in record["error"]


def test_an_interrupted_run_leaves_nothing(tmp_path):
    path = kernel_image(tmp_path / "bzImage", HANGS)
    work = Cache().directory / "work"
    before = set(work.iterdir())
    with start(REDVM, "run", "--kernel-image", path, "--", "true") as redvm:
        while not guests_of(redvm.pid):
            assert redvm.poll() is None
            time.sleep(0.05)
        qemu, = guests_of(redvm.pid)
        mine, = [entry for entry in set(work.iterdir()) - before if f"{entry}/" in arguments_of(qemu)]
        redvm.send_signal(signal.SIGTERM)
        redvm.communicate()
    assert redvm.returncode == 128 + signal.SIGTERM
    assert not os.path.exists(f"/proc/{qemu}") and not mine.exists()


def arguments_of(pid):
    """Return the command line of a process."""
    with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
        return file.read()


def test_a_panic_is_an_error_with_the_consoles_last_lines(tmp_path):
    status, out, err = run(REDVM, "run", KERNEL, "--output", tmp_path / "out", "--", "sh", "-c",
                           "echo before; echo c > /proc/sysrq-trigger; echo after")
    first, *rest = err.splitlines()
    assert status == 2 and "after" not in out
    assert first == f"redvm: {KERNEL}: the guest panicked: Kernel panic - not syncing: sysrq triggered crash"
    assert rest and all(line.startswith("  console: ") for line in rest)
    record = record_of(tmp_path / "out")
    assert (record["outcome"], record["status"]) == ("panic", None)
    assert "sysrq triggered crash" in (tmp_path / "out" / "console.log").read_text(errors="replace")


def test_one_broken_kernel_does_not_stop_the_others(tmp_path):
    path = kernel_image(tmp_path / "bzImage", RESETS)
    status, out, _ = run(MATRIX, KERNEL, "--kernel-image", path, "--runs", tmp_path / "runs", "--",
                         "sh", "-c", "echo line; echo file > /output/file; kill -TERM $$")
    image, = [entry.name for entry in (tmp_path / "runs").iterdir() if entry.name != KERNEL]
    good, bad = tmp_path / "runs" / KERNEL, tmp_path / "runs" / image
    assert status == 2 and out.splitlines()[-1].startswith("1 of 2 kernels ran to the end")
    assert record_of(good)["status"] == 128 + signal.SIGTERM and record_of(bad)["outcome"] == "failed"
    assert (good / "file").read_text() == "file\n" and (good / "stdout.txt").read_text() == "line\n"
    assert f"{KERNEL}: line" in out


@pytest.mark.parametrize("reports, outcome", [
    (b"init 6.1\nstart\nexit 0 0 0 0\n", "exited"),
    (b"init 6.1\nstart\n", "failed"),
    (b"init 6.1\nstart\nexit 0 5 0 0\n", "failed"),
    (b"init 6.1\nerror mount the root disk\n", "failed"),
    (b"init 6.1\nexit\nexit 0 x 0 0\nexit -1 0 0 0\n", "failed"),
    (b"\xff\xfe\0\nnonsense\n", "failed"),
], ids=["complete", "no record", "output lost", "error", "malformed", "garbage"])
def test_only_a_complete_exit_record_is_an_end(reports, outcome):
    ports = supervision_ports(control=reports, out=b"", err=b"", console=b"")
    watch = supervision.Watch(ports, dict.fromkeys(("out", "err", "console"), lambda data: None),
                              supervision.Limits())
    result = watch.until_end()
    assert result.outcome == outcome and (result.error is None) == (outcome == "exited")


def supervision_ports(**sent):
    """Return sockets from which the given bytes can be read, then their end."""
    ports = {}
    for name, data in sent.items():
        ports[name], other = socket.socketpair()
        with other:
            other.sendall(data)
    return ports
