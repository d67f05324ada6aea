# SPDX-License-Identifier: Apache-2.0
"""The 41 capabilities: which operation proves each, and what has to hold the capability for it.

The operations are the witness's (suites/witness/capabilities_*.c), under the capability's name. Where the
kernel asks ns_capable() for a namespace of the node, the object belongs to `node`; where it asks
capable(), or where a second user or group must be mapped, to `initial`.
"""

from dataclasses import dataclass
from typing import Callable, Optional

from . import material

INITIAL, NODE = "initial", "node"
IGNORED = None


@dataclass(frozen=True)
class Capability:
    """One row.

    object: whose user namespace owns what the operation works on. refusal: name of the errno without the
    capability; IGNORED where the kernel then does less instead. prepare: puts what the operation needs in
    place (see material.py). owner: the namespace, besides the user namespace, that must be the node's own.
    operation: False where no operation exists, so that only the mask can be looked at. as_user: False where
    the object is root's, whatever capability somebody else has.
    """

    name: str
    object: str
    refusal: Optional[str] = "EPERM"
    prepare: Callable = material.nothing
    owner: Optional[str] = None
    operation: bool = True
    as_user: bool = True

    def __str__(self):
        return self.name


# In the kernel's order: a row's index is the capability's number (linux/capability.h).
CAPABILITIES = (
    Capability("cap_chown", INITIAL, prepare=material.own_file),
    Capability("cap_dac_override", NODE, "EACCES", material.volatile),
    Capability("cap_dac_read_search", NODE, "EACCES", material.volatile),
    Capability("cap_fowner", INITIAL, prepare=material.file_of_others),
    Capability("cap_fsetid", INITIAL, IGNORED, material.volatile),
    Capability("cap_kill", INITIAL, prepare=material.process_of_others),
    Capability("cap_setgid", INITIAL),
    Capability("cap_setuid", INITIAL),
    Capability("cap_setpcap", NODE),
    Capability("cap_linux_immutable", INITIAL, prepare=material.disk),
    Capability("cap_net_bind_service", NODE, "EACCES", owner="net"),
    Capability("cap_net_broadcast", NODE, owner="net"),
    Capability("cap_net_admin", NODE, owner="net"),
    Capability("cap_net_raw", NODE, owner="net"),
    Capability("cap_ipc_lock", INITIAL),
    Capability("cap_ipc_owner", NODE, "EACCES", owner="ipc"),
    Capability("cap_sys_module", INITIAL),
    Capability("cap_sys_rawio", INITIAL, prepare=material.disk),
    Capability("cap_sys_chroot", NODE),
    Capability("cap_sys_ptrace", NODE),
    Capability("cap_sys_pacct", INITIAL),
    Capability("cap_sys_admin", NODE),
    Capability("cap_sys_boot", INITIAL),
    Capability("cap_sys_nice", INITIAL, "EACCES"),
    Capability("cap_sys_resource", INITIAL),
    Capability("cap_sys_time", INITIAL),
    Capability("cap_sys_tty_config", INITIAL),
    Capability("cap_mknod", INITIAL, prepare=material.volatile),
    Capability("cap_lease", INITIAL, "EACCES", material.file_of_others),
    Capability("cap_audit_write", INITIAL),
    Capability("cap_audit_control", INITIAL),
    Capability("cap_setfcap", NODE, prepare=material.volatile),
    # Only Smack asks for it, and no kernel here runs Smack.
    Capability("cap_mac_override", INITIAL, operation=False),
    Capability("cap_mac_admin", INITIAL, "EACCES", material.policy, as_user=False),
    Capability("cap_syslog", INITIAL),
    Capability("cap_wake_alarm", INITIAL),
    Capability("cap_block_suspend", INITIAL, IGNORED, material.processes),
    Capability("cap_audit_read", INITIAL),
    Capability("cap_perfmon", INITIAL, "EACCES", material.perf_events),
    Capability("cap_bpf", INITIAL),
    Capability("cap_checkpoint_restore", NODE, owner="pid"),
)
