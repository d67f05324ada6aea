# SPDX-License-Identifier: Apache-2.0
"""What belongs to the machine: every capability in a user namespace of the node's own is none over it.

Everything else is shared and nothing is filtered, so that nothing else protects.
"""

import os
import socket
import subprocess
import time
from pathlib import Path

from framework import export, host, minimal, verifies
from framework.caller import NEIGHBOUR
from framework.host import SECRET

from . import objects
from .technique import CONTROL, Technique, attempt, conclude, items
from .victim import Victim

PLACE = "/data"
TAI_OFFSET, PACKET_SIZE, NAME = 37, 60000, "redproof-named"
UEVENT_GROUP = 2  # where libudev(3) listens: none of the kernel's own


class Machine:
    """What the techniques are about, and what the host sees of it."""

    def __init__(self, check):
        data, secret = check.scratch(disk=True), check.scratch(disk=True) / "secret"
        secret.write_text(SECRET)
        self.exports = (export("Public", PLACE, data), export("Anonymous", "/mnt"))
        self.agent = objects.ReleaseAgent(check)
        self.events = objects.Listener(check, socket.AF_NETLINK, socket.SOCK_DGRAM,
                                       objects.NETLINK_KOBJECT_UEVENT, address=(0, UEVENT_GROUP))
        self.account = data / "account"
        self._swaps = self._swap_count()
        disk = os.stat("/var/tmp").st_dev
        kind, content = objects.handle_of(secret)
        self.fields = {
            **Victim(check).fields, "size": PACKET_SIZE, "name": NAME, "agent": self.agent.program,
            "tai": TAI_OFFSET, "map": objects.make_map(check), "group": UEVENT_GROUP,
            "memory": objects.make_shared_memory(check, 0o600, NEIGHBOUR),
            "queue": host.make_posix_queue(check),
            "handle": f"{kind},{content.hex()}", "disk": f"{os.major(disk)},{os.minor(disk)}",
            "on_disk": str(secret).lstrip("/")}
        self._fill(check, data)
        self._put_back(check)
        objects.Busy(check, secret)

    def _fill(self, check, data):
        objects.make_swap_file(check, data / "swap")
        self.account.write_bytes(b"")
        private = data / "private"
        private.write_text(SECRET)
        private.chmod(0o600)
        NEIGHBOUR.own(private)
        objects.say_secret()

    def _put_back(self, check):
        host.keep_names(check)
        check.at_end(objects.stop_accounting)
        objects.keep_file(check, "/sys/class/net/lo/mtu")
        check.at_end(subprocess.run, [check.build.witness, "set_clock_offset=0"])

    def _swap_count(self):
        return len(Path("/proc/swaps").read_text().splitlines())

    def swaps_more(self):
        """Say whether a swap area was added."""
        return self._swap_count() > self._swaps

    def clock_offset(self):
        """Return how far TAI is from UTC, in seconds."""
        return round(time.clock_gettime(time.CLOCK_TAI) - time.time())


TECHNIQUES = (
    # The kernel itself.
    Technique("load-module", "cap_sys_module"),
    Technique("load-kernel", "load_kernel"),
    Technique("configure-reboot", "cap_sys_boot"),
    Technique("read-kernel-log", "read_log"),
    Technique("set-clock", "set_clock_offset={tai}", lambda it: it.clock_offset() == TAI_OFFSET),
    Technique("swap-to-file", "swap_to=/data/swap", Machine.swaps_more),
    Technique("account-processes", "account_to=/data/account", lambda it: it.account.stat().st_size > 0),
    Technique("io-ports", "use_ports"),
    Technique("real-time-priority", "become_realtime"),
    Technique("system-wide-perf", "cap_perfmon"),
    Technique("audit-control", "cap_audit_control"),
    Technique("audit-log", "cap_audit_read"),
    # What it numbers, or can be found without a path.
    Technique("bpf-map-by-id", "open_map={map}"),
    Technique("open-by-handle", "open_handle=/data,{handle}"),
    Technique("fanotify-file-system", "watch_files=/data"),
    Technique("shared-memory-of-others", "attach_memory={memory}"),
    Technique("file-of-others", "read_secret=/data/private"),
    Technique("unmapped-user-id", "cap_setuid"),
    # Devices and file systems.
    Technique("mknod-disk", "read_disk=/mnt,{disk}"),
    Technique("mknod-memory", "read_characters=/mnt,1,1"),
    Technique("mount-disk", "mount_disk=/mnt,{disk},{on_disk}"),
    Technique("mount-proc", "mount_and_read=/mnt,proc,timer_list"),
    Technique("mount-sysfs", "mount_and_read=/mnt,sysfs,kernel/uevent_seqnum"),
    Technique("mount-tracefs", "mount_and_read=/mnt,tracefs,available_tracers"),
    Technique("mount-securityfs", "mount_and_read=/mnt,securityfs,lsm"),
    Technique("mount-mqueue", "mount_and_read=/mnt,mqueue,{queue}"),
    Technique("mount-cgroup2", "mount_and_read=/mnt,cgroup2,cgroup.procs"),
    Technique("release-agent", "set_release_agent=/mnt,{agent}", lambda it: it.agent.has_run(),
              "CVE-2022-0492"),
    # Namespaces that are shared.
    Technique("set-host-name", "set_host_name={name}", lambda it: os.uname().nodename == NAME),
    Technique("change-interface", "set_packet_size={size}",
              lambda it: int(Path("/sys/class/net/lo/mtu").read_text()) == PACKET_SIZE, "CVE-2017-5985"),
    Technique("capture-packets", "capture_packets"),
    Technique("forge-device-event", "send_device_event={group}", lambda it: it.events.heard()),
    Technique("setns-by-pidfd", "join_mounts={pid},{secret}"),
)


@verifies(*items(TECHNIQUES), needs=("namespace.user",), callers=("root",))
def test_objects_of_the_initial_user_namespace(check):
    """The host's file systems, devices, network and processes are all at hand."""
    machine = Machine(check)

    def look(user, role="protected"):
        node = minimal(*machine.exports, share_all="Enabled", share_user=user, capabilities={"ALL": 1},
                       seccomp="off", nested_userns="Enabled")
        return attempt(check, node, TECHNIQUES, machine, role)

    conclude(check, TECHNIQUES, [look("Disabled"), look("Enabled", CONTROL)])
