# SPDX-License-Identifier: Apache-2.0
"""One command in one guest, and the record of the run."""
import contextlib
import json
import shutil
from dataclasses import dataclass, field

from . import accelerator, archives, hardware, paths, qemu, rootfs, supervision
from .errors import MachineError

SCHEMA = "redproof.run/1"
RECORD = "run.json"
CONSOLE = "console.log"


@dataclass
class Job:
    """What to do in a guest.

    argv: the command. input, output: pathlib.Path of directories of the host,
    or None. terminal: the command talks to our terminal, else to `sinks`
    ({"out": callable(bytes), "err": ...}).
    """

    argv: list
    input: object = None
    output: object = None
    terminal: bool = False
    sinks: dict = field(default_factory=dict)
    limits: supervision.Limits = field(default_factory=supervision.Limits)
    environment: dict = field(default_factory=dict)


@dataclass
class Record:
    """What run.json says; known piece by piece while a run proceeds."""

    kernel: dict
    every_item: bool = False
    rootfs: str = None
    accelerator: str = None
    result: supervision.Result = field(
        default_factory=lambda: supervision.Result("failed", error="was interrupted"))
    last_lines: list = field(default_factory=list)

    def as_json(self):
        """Return the text of run.json."""
        result = self.result
        release = result.release or self.kernel.get("release")
        return json.dumps({
            "schema": SCHEMA, "kernel": {**self.kernel, "release": release},
            "rootfs": {"digest": self.rootfs},
            "accelerator": self.accelerator, "outcome": result.outcome, "status": result.status,
            "seconds": result.seconds, "boot_seconds": result.boot_seconds, "every_item": self.every_item,
            "error": result.error}, indent=1) + "\n"


def read_record(directory):
    """Return the content (dict) of a run's run.json, or None where there is none."""
    try:
        return json.loads((directory / RECORD).read_text())
    except (OSError, ValueError):
        return None


def guest_init():
    """Return the content of the guest's process 1."""
    try:
        return paths.GUEST_INIT.read_bytes()
    except OSError as error:
        raise MachineError(f"cannot read the guest's process 1, {paths.GUEST_INIT}: {error.strerror}; "
                           "build it with make") from error


def prepare_output(directory):
    """Make an empty directory for the results; only those of an earlier run are removed."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()) and not (directory / RECORD).is_file():
            raise MachineError(f"cannot write results to {directory}: it holds other things than those "
                               "of an earlier run; choose another directory")
        for entry in directory.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    except OSError as error:
        raise MachineError(f"cannot write results to {directory}: {error.strerror}; "
                           "check the path") from error


def run(keep, image, job, record, say):
    """Boot a kernel, run the job, fill in the record.

    keep: cache.Cache. image: kernels.Image. record: Record. say(text): called
    with a line of progress. The results are in job.output afterwards; the
    record is not yet. Raises MachineError when no guest could be started.
    """
    record.kernel = image.facts()
    record.every_item = image.every_item
    init = guest_init()
    with rootfs.image(keep, say) as root:
        record.rootfs = root.record["digest"]
        record.accelerator = accelerator.choose(keep, image, init, say)
        try:
            with keep.workspace() as work:
                _boot(image, job, record, root, init, work)
        except OSError as error:
            raise MachineError(f"cannot run a guest in {keep.directory}: {error}; "
                               "check space and permissions there") from error


def _boot(image, job, record, root, init, work):
    initramfs = work / "initramfs"
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8",
                   "REDPROOF_KERNEL": image.id, "REDPROOF_OUTPUT": "/output", **job.environment}
    modules = image.parts.get("modules")
    flags = {"terminal": job.terminal, "modules": modules}
    initramfs.write_bytes(archives.job(init, job.argv, environment, [flag for flag in flags if flags[flag]]))
    trees = [(source, f"/redproof/{target}") for source, target in paths.GUEST_TREES]
    archives.pack_input(work / "input", trees + ([(job.input, "/input")] if job.input else []))
    output = hardware.blank_disk(work / "output", hardware.OUTPUT_MIB)
    disks = [
        (hardware.inherited(root.file), ",snapshot=on"),
        (work / "input", ",readonly=on"),
        (output, ""),
        (hardware.swap_disk(work / "swap"), ",discard=unmap"),
        (hardware.blank_disk(work / "spare", hardware.SPARE_MIB), ",discard=unmap"),
    ]
    files = [root.file, image.file]
    if modules:
        files.append(modules)
        disks.append((hardware.inherited(modules), ",readonly=on"))
    names = [name for name in hardware.PORTS if not (name == "out" and job.terminal)]
    ports = hardware.Ports(names)
    argv = hardware.command_line(record.accelerator, hardware.inherited(image.file), initramfs, ports, disks,
                                 job.terminal)
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(open((job.output or work) / CONSOLE, "wb", buffering=0))
        errors = stack.enter_context(qemu.running(argv, ports, files, work, job.terminal))
        sinks = {"err": lambda data: None, **job.sinks, "console": log.write}
        watch = supervision.Watch(ports.ours, sinks, job.limits)
        record.result = watch.until_end()
        record.last_lines = watch.last_lines() or supervision.tail(errors.read_bytes())
    if record.result.outcome == "exited" and job.output:
        archives.unpack_output(output, record.result.output_bytes, job.output)
