# SPDX-License-Identifier: Apache-2.0
"""What proc and sysfs tell of the host, and have it do.

The payload is root, with every capability, in the initial user namespace: it is the mounts that protect,
read-only and masked. The control has no launcher.
"""

from pathlib import Path
from types import SimpleNamespace

from framework import export, minimal, verifies
from framework.host import SECRET

from . import keys, objects
from .technique import CONTROL, Technique, attempt, conclude, items

# Item, file, and two values, one of which it does not have yet.
SETTINGS = (
    ("core-pattern", "/proc/sys/kernel/core_pattern", "|/redproof", "redproof"),
    ("modprobe-path", "/proc/sys/kernel/modprobe", "/redproof", "/red/proof"),
    ("kernel-setting", "/proc/sys/kernel/randomize_va_space", "0", "1"),
    ("memory-setting", "/proc/sys/vm/swappiness", "61", "62"),
    ("file-system-setting", "/proc/sys/fs/protected_symlinks", "0", "1"),
    ("network-setting", "/proc/sys/net/ipv4/ip_forward", "0", "1"),
    ("interrupt-affinity", "/proc/irq/default_smp_affinity", "1", "2"),
    ("sysfs-setting", "/sys/kernel/rcu_expedited", "0", "1"),
)


class Host:
    """The host's settings, as they were and as they are; what its log and its keys are."""

    def __init__(self, check):
        self.fields = {}
        self._files = {}
        for name, path, one, other in SETTINGS:
            objects.keep_file(check, path)
            self._files[name] = Path(path)
            self.fields[name] = f"{path},{other if self._files[name].read_text().strip() == one else one}"
        check.at_end(keys.invalidate, keys.add(SECRET, keys.USER))

    def is_changed(self, name):
        """Say whether a setting has the value that the technique gives it."""
        return self._files[name].read_text().strip() == self.fields[name].partition(",")[2]


TECHNIQUES = (
    *(Technique(name, f"write_text={{{name}}}", lambda it, name=name: it.is_changed(name))
      for name, *_ in SETTINGS),
    # `h` lists what else could be asked for.
    Technique("sysrq-trigger", "write_text=/proc/sysrq-trigger,h"),
    Technique("proc-kcore", "read_some=/proc/kcore"),
    Technique("proc-kmsg", "read_secret=/proc/kmsg"),
    Technique("proc-keys", "read_secret=/proc/keys"),
    Technique("proc-timer-list", "read_some=/proc/timer_list"),
)


@verifies(*items(TECHNIQUES), needs=("namespace.pid",), callers=("root",))
def test_files_of_the_kernel(check):
    """Those that belong to the whole machine; the network is the host's, too."""
    host = Host(check)
    node = minimal(export("Procfs", "/proc"), export("Restricted", "/sys"), share_all="Enabled",
                   share_pid="Disabled", capabilities={"ALL": 1}, seccomp="off")

    def look(node, role="protected"):
        # Reading proc's kmsg takes it away.
        objects.say_secret()
        return attempt(check, node, TECHNIQUES, host, role)

    conclude(check, TECHNIQUES, [look(node), look(None, CONTROL)])


@verifies(*items(TECHNIQUES[:1]), needs=("namespace.user", "namespace.pid"), callers=("root",))
def test_an_exported_proc(check):
    """Its files ask no capability of root, in whatever user namespace: it stays read-only in any export."""
    host = Host(check)
    setting = host.fields["core-pattern"]
    shown = SimpleNamespace(fields={"core-pattern": setting.replace("/proc", "/data", 1)},
                            is_changed=host.is_changed)
    conclude(check, TECHNIQUES[:1],
             [attempt(check, minimal(export("Public", "/data", "/proc")), TECHNIQUES[:1], shown),
              attempt(check, None, TECHNIQUES[:1], host, CONTROL)])
