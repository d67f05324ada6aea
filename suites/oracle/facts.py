# SPDX-License-Identifier: Apache-2.0
"""What is known of a kernel without asking it: release and configuration."""
import re
from dataclasses import dataclass

from . import OracleError

OPTION = re.compile(r"^(CONFIG_\w+)=(.*)$", re.MULTILINE)

#: The option that builds each security module that a kernel's list of them may name.
SECURITY_MODULES = {
    "apparmor": "CONFIG_SECURITY_APPARMOR", "bpf": "CONFIG_BPF_LSM", "ipe": "CONFIG_SECURITY_IPE",
    "landlock": "CONFIG_SECURITY_LANDLOCK", "loadpin": "CONFIG_SECURITY_LOADPIN",
    "lockdown": "CONFIG_SECURITY_LOCKDOWN_LSM", "safesetid": "CONFIG_SECURITY_SAFESETID",
    "selinux": "CONFIG_SECURITY_SELINUX", "smack": "CONFIG_SECURITY_SMACK",
    "tomoyo": "CONFIG_SECURITY_TOMOYO", "yama": "CONFIG_SECURITY_YAMA",
}

#: Of these only the first in the list is active (LSM_FLAG_EXCLUSIVE in security/*/).
EXCLUSIVE = ("apparmor", "selinux", "smack")


@dataclass(frozen=True)
class Kernel:
    """A kernel that ran in a guest.

    series: (major, minor). options: {CONFIG_X: value as in the file}; those that are not set are absent.
    accelerator: of the guest.
    """

    id: str
    series: tuple
    options: dict
    accelerator: str

    def value(self, option):
        """Return "y", "m" or another value, and "n" for what is not set."""
        return self.options.get(option, "n")

    def security_modules(self):
        """Return the names of the active security modules, of those that are chosen by a list."""
        listed = self.value("CONFIG_LSM").strip('"').split(",")
        active, exclusive = [], None
        for name in listed:
            if self.value(SECURITY_MODULES.get(name)) != "y":
                continue
            if name in EXCLUSIVE and exclusive:
                continue
            if name in EXCLUSIVE:
                exclusive = name
            active.append(name)
        return active


def kernel(name, release, configuration, accelerator):
    """Return the Kernel of a name, its release, the text of its configuration, and where it ran."""
    series = re.match(r"(\d+)\.(\d+)", release or "")
    if not series:
        raise OracleError(f"{name}: {release!r} is no release of a kernel")
    options = dict(OPTION.findall(configuration))
    if not options:
        raise OracleError(f"{name}: its configuration sets no option")
    return Kernel(name, (int(series[1]), int(series[2])), options, accelerator)
