# SPDX-License-Identifier: Apache-2.0
"""The launcher's own processes as a way to the host: what they are, have open, and stand in; W12."""

import shutil
from pathlib import Path

from framework import export, minimal, verifies
from framework.nodes import witness
from framework.process import namespace

from . import conclude, denied, items, permitted, secret

# A payload that may trace and write whatever its user namespace has.
EVERYTHING = minimal(export("Procfs", "/proc"), capabilities={"ALL": 1})


def _copy(check, program):
    """Copy a program for the check's caller, who owns the copy. Returns its Path."""
    path = Path(shutil.copy(program, check.scratch(disk=True)))
    check.caller.own(path)
    path.chmod(0o755)
    return path


@verifies(*items("overwrite-the-launcher", "enter-through-init"), needs=("namespace.pid",))
def test_processes_of_the_launcher(check):
    """CVE-2019-5736: its program is not opened to be written. CVE-2016-9962: nor is a file of the host."""
    marker = secret(check)
    attempts = ("overwrite_others", f"enter_others={marker}")
    copy = _copy(check, check.launcher.path)
    before = copy.read_bytes()
    check.launcher = type(check.launcher)(copy)
    protected = check.observe(EVERYTHING, *attempts)
    protected.observation["outside"] = copy.read_bytes() == before
    with check.start(None, [str(_copy(check, check.build.witness)), "--hold", "pid"], "control") as other:
        other.observe()
        control = check.observe(None, *attempts, role="control")
    for name, attempt, cve in (("overwrite-the-launcher", "overwrite_others", "CVE-2019-5736"),
                               ("enter-through-init", "enter_others", "CVE-2016-9962")):
        conclude(check, name, cve=cve, holds=denied(check, protected, attempt) and protected.outside,
                 exposed=permitted(control, attempt),
                 expected="neither the launcher's program nor a file of the host opened")


@verifies(*items("trace-a-joining-process"),
          needs=("namespace.pid.join", "namespace.user.join"))
def test_a_process_that_joins(check):
    """CVE-2016-9962: a node waits for a process that joins its namespaces, to enter the host by it."""
    marker, program = secret(check), str(_copy(check, check.build.witness))
    waiting, joined = witness("pid", "--", f"enter_meanwhile={marker}"), []

    def look(join, role):
        with check.start(EVERYTHING, waiting, role) as running:
            running.observe()
            running.send("")
            join(running.pid)
            running.send("")
            running.outside = running.observe()["enter_meanwhile"]["permitted"]
        return running.run

    def by_launcher(pid):
        shares = {f"share_{kind}": f"/proc/{pid}/ns/{kind}" for kind in ("user", "pid")}
        joined.append(check.run(minimal(**shares), witness("pid")))

    def by_hand(pid):
        kinds = [f"--{kind}" for kind in ("user", "pid") if namespace(pid, kind) != namespace("self", kind)]
        words = ["/usr/bin/nsenter", "--target", str(pid), *kinds, "--preserve-credentials"]
        with check.start(None, [*words, program, "--hold", "pid"], "control") as other:
            other.observe()

    protected, control = look(by_launcher, "protected"), look(by_hand, "control")
    conclude(check, "trace-a-joining-process", cve="CVE-2016-9962", exposed=control.outside,
             holds=not protected.outside and all(run.inside or check.refused(run) for run in joined),
             expected="no file of the host opened through the process that joins")


@verifies(*items("proc-of-the-host-for-root"), needs=("namespace.mnt",), callers=("root",))
def test_proc_of_the_host(check):
    """Root that shares the user and the PID namespace: /proc/1/root is the host."""
    marker = secret(check)
    shared = {"share_user": "Enabled", "share_pid": "Enabled", "capabilities": {"ALL": 1}}
    protected = [check.run(minimal(entry, **shared), witness(f"read_file={place}/1/root{marker}"))
                 for entry, place in ((export("Procfs", "/proc"), "/proc"),
                                      (export("Restricted", "/data", "/proc"), "/data"),
                                      (export("Restricted", "/data", "/"), "/data/proc"))]
    control = check.run(None, witness(f"read_file=/proc/1/root{marker}"), role="control")
    conclude(check, "proc-of-the-host-for-root", "W12",
             holds=all(denied(check, run, "read_file") for run in protected),
             exposed=permitted(control, "read_file"), expected="the nodes refused")
