# SPDX-License-Identifier: Apache-2.0
"""The virtual machine: QEMU's command line (qemu-system-x86_64(1)) and the disks.

Two processors on two NUMA nodes, 1 GiB of memory, no network. Disks are the
namespaces of one NVMe controller, which every Debian kernel has built in;
process 1 knows them by their namespace id. Serial ports are sockets.
"""
import os
import socket
import struct
import uuid

from . import tools

MEMORY_MIB = 1024
SWAP_MIB = 256
SPARE_MIB = 256
OUTPUT_MIB = 1024
PAGE = 4096

#: Serial ports in the order of their numbers.
PORTS = ("console", "out", "err", "control")

#: panic=-1 with -no-reboot ends QEMU at once; quiet saves seconds, because each letter costs a trap;
#: mitigations protect nothing here and cost time; audit and the rest is what checks need.
KERNEL_ARGUMENTS = ("console=ttyS0", "quiet", "panic=-1", "oops=panic", "audit=1", "mitigations=off",
                    "random.trust_cpu=on", "tsc=reliable", "8250.nr_uarts=4")

#: One thread for both processors: with one each, a processor may run code that the other is patching
#: (the kernel's jump labels), and a loaded guest panics with `int3` now and then. Two guests at once
#: use two processors of the host all the same.
ACCELERATORS = {
    "kvm": ("-accel", "kvm", "-cpu", "host"),
    "tcg": ("-accel", "tcg,thread=single", "-cpu", "max,la57=off"),
}

#: What each adds to the kernel's arguments. QEMU 7.2 translates a page of code anew for each address at
#: which it runs, and keeps all of that. When such a page is written, as it has moved to another NUMA node
#: and its frame is used again, the translations go one by one, in the square of their number: with
#: programs at random addresses, after some thousand starts, seconds for one page, and minutes in all.
ACCELERATOR_ARGUMENTS = {"kvm": (), "tcg": ("norandmaps",)}


class Ports:
    """One pair of connected sockets for each serial port: ours and QEMU's."""

    def __init__(self, names=PORTS):
        pairs = {name: socket.socketpair() for name in names}
        self.ours = {name: pair[0] for name, pair in pairs.items()}
        self.theirs = {name: pair[1] for name, pair in pairs.items()}

    def close_theirs(self):
        """Leave QEMU's ends to QEMU, so that its end is seen as theirs."""
        for end in self.theirs.values():
            end.close()

    def close(self):
        """Close everything."""
        self.close_theirs()
        for end in self.ours.values():
            end.close()


def blank_disk(path, mebibytes):
    """Make a sparse file; returns its path."""
    with open(path, "wb") as file:
        file.truncate(mebibytes << 20)
    return path


def swap_disk(path):
    """Make a disk with a swap header of version 1 (linux/swap.h), as mkswap(8) does; returns its path."""
    blank_disk(path, SWAP_MIB)
    header = bytearray(PAGE)
    struct.pack_into("<III16s", header, 1024, 1, (SWAP_MIB << 20) // PAGE - 1, 0, uuid.uuid4().bytes)
    header[-10:] = b"SWAPSPACE2"
    with open(path, "r+b") as file:
        file.write(header)
    return path


def _machine(accelerator):
    argv = ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", "pc",
            *ACCELERATORS[accelerator], "-m", str(MEMORY_MIB), "-smp", "2"]
    for node in (0, 1):
        argv += ["-object", f"memory-backend-ram,id=memory{node},size={MEMORY_MIB // 2}M",
                 "-numa", f"node,nodeid={node},cpus={node},memdev=memory{node}"]
    return argv


def _serial_ports(ports, terminal):
    argv = []
    for name in PORTS:
        if name == "out" and terminal:
            back = "stdio,id=out,signal=off"
        elif name in ports.theirs:
            back = f"socket,id={name},fd={ports.theirs[name].fileno()}"
        else:
            back = f"null,id={name}"
        argv += ["-chardev", back, "-device", f"isa-serial,chardev={name}"]
    return argv


def _disks(disks):
    argv = ["-device", "nvme,id=nvme,serial=redproof"] if disks else []
    for number, (path, options) in enumerate(disks, 1):
        argv += ["-drive", f"if=none,id=disk{number},format=raw,file={path}{options}",
                 "-device", f"nvme-ns,drive=disk{number},nsid={number}"]
    return argv


def command_line(accelerator, kernel, initramfs, ports, disks=(), terminal=False):
    """Return QEMU's arguments.

    accelerator: a key of ACCELERATORS. kernel, initramfs: paths as QEMU will
    see them. ports: Ports, inherited by QEMU. disks: (path, further drive
    options) in the order of namespace ids. terminal: the port "out" is QEMU's
    own terminal.
    """
    return [tools.find("qemu-system-x86_64"), *_machine(accelerator), *_serial_ports(ports, terminal),
            *_disks(disks), "-kernel", kernel, "-initrd", str(initramfs),
            "-append", " ".join(KERNEL_ARGUMENTS + ACCELERATOR_ARGUMENTS[accelerator])]


def inherited(file):
    """Return the path under which a child of ours opens a file that we hold open."""
    os.set_inheritable(file.fileno(), True)
    return f"/proc/self/fd/{file.fileno()}"
