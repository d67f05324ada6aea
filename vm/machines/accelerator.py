# SPDX-License-Identifier: Apache-2.0
"""KVM or TCG: KVM only where a trial guest answers.

An openable /dev/kvm proves nothing: on some machines a guest then stops in
its early boot and QEMU never ends. The trial boots a real kernel to process 1,
because smaller guests answer even there. Its result holds until the machine
is rebooted.
"""
import json
import os
from pathlib import Path

from . import archives, hardware, qemu
from .errors import MachineError
from .supervision import Limits, Watch

DEVICE = "/dev/kvm"
VARIABLE = "REDPROOF_ACCELERATOR"
TRIAL_SECONDS = 10


def choose(keep, image, init, say):
    """Return a key of hardware.ACCELERATORS.

    keep: cache.Cache, where the result is kept. image: kernels.Image for the
    trial. init: content of process 1. say(text): called with a line of progress.
    """
    override = os.environ.get(VARIABLE)
    if override:
        if override not in hardware.ACCELERATORS:
            known = ", ".join(hardware.ACCELERATORS)
            raise MachineError(f"cannot use {VARIABLE}={override}: known are {known}; choose one")
        return override
    if not os.access(DEVICE, os.R_OK | os.W_OK):
        return "tcg"
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    record = keep.directory / "accelerator.json"
    with keep.locked("accelerator"):
        known = _recorded(record, boot)
        if known:
            return known
        say(f"trying KVM on a small guest, {TRIAL_SECONDS} s at most")
        answered = trial(keep, image, init)
        chosen = "kvm" if answered else "tcg"
        say("KVM works" if answered else "KVM does not work on this machine: guests are emulated (TCG)")
        # The user's own kernel may be what does not boot: no reason to think ill of KVM from now on.
        if answered or image.package:
            new = record.with_suffix(".new")
            new.write_text(json.dumps({"boot": boot, "accelerator": chosen}) + "\n")
            new.replace(record)
        return chosen


def _recorded(record, boot):
    try:
        known = json.loads(record.read_text())
    except (OSError, ValueError):
        return None
    return known.get("accelerator") if known.get("boot") == boot else None


def trial(keep, image, init, accelerator="kvm", seconds=TRIAL_SECONDS):
    """Return whether a guest that only reports its process 1 answers within a number of seconds."""
    with keep.workspace() as work:
        initramfs = work / "initramfs"
        initramfs.write_bytes(archives.job(init, [], {}, ["trial"]))
        ports = hardware.Ports(("console", "control"))
        argv = hardware.command_line(accelerator, hardware.inherited(image.file), initramfs, ports)
        with qemu.running(argv, ports, [image.file], work):
            watch = Watch(ports.ours, {"console": lambda data: None}, Limits(seconds, seconds))
            return watch.until_end().release is not None
