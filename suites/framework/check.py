# SPDX-License-Identifier: Apache-2.0
"""The object that a check works with: it runs nodes, and concludes."""

import json
import shlex
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from . import nodes
from .caller import CALLERS
from .launchers import Inexpressible
from .running import LIMIT_SECONDS, CheckCut, RunCut, RunError, RunRefused, Running
from .verdict import BEYOND, CONTROL, PROTECTED, Record, Run, cut, decide, explain, now, worst

# /tmp of a guest is a tmpfs, /var/tmp is on its disk.
MEMORY, DISK = "/tmp", "/var/tmp"


class Check:
    """One check by one caller. Made by the fixture `check`; a test uses run, start, scratch, conclude."""

    def __init__(self, test, marked, caller, launcher, build):
        """test: its id; marked: the Claim it makes; caller, launcher, build: what it runs with."""
        self.test = test
        self.marked = marked
        self.caller = caller
        self._who = caller.name
        self.launcher = launcher
        self.build = build
        self.runs = []
        self.records = []
        self._expected = {}
        self._ending = ExitStack()

    def scratch(self, disk=False, owner=None):
        """Return the Path of a new empty directory of the host, removed when the check ends.

        disk: on the root filesystem instead of a tmpfs; owner: a Caller, by default the check's. Its
        mode is 0755 and the directories above are root's, as nodes need it.
        """
        base = Path(tempfile.mkdtemp(prefix="redproof-", dir=DISK if disk else MEMORY))
        self._ending.callback(shutil.rmtree, base)
        base.chmod(nodes.DIRECTORY_MODE)
        directory = base / "scratch"
        directory.mkdir()
        directory.chmod(nodes.DIRECTORY_MODE)
        (owner or self.caller).own(directory)
        return directory

    def at_end(self, function, *arguments):
        """Have `function(*arguments)` called when the check ends, latest first."""
        self._ending.callback(function, *arguments)

    def place(self, node, below=None):
        """Write a Node to disk, owned by the caller. Returns the Path of its directory, for `run`.

        below: the directory that it is made in, such as that of another node; by default a new one of root's.
        """
        base = below or self.scratch(owner=CALLERS["root"])
        nodes.write(base / "node", node.text(self.build.witness), self.caller)
        return base / "node"

    @contextmanager
    def start(self, node, command, role=PROTECTED, hold=True, limit=LIMIT_SECONDS, extra=()):
        """Start `command`, an argument list, in a node; a context manager that yields a Running.

        node: a Node, a directory from `place`, or None for no launcher at all: the control of what every
        node has; role: "protected" or "control"; hold: keep the
        payload's standard input open until the end of the block; limit: seconds after which the run is
        cut; extra: options of the launcher's own. At the end of the block the payload is released and
        awaited, and the run is recorded: it is then `running.run`, a Run. What the block assigns to
        `running.outside` is recorded with it.
        """
        directory = self.place(node) if isinstance(node, nodes.Node) else node
        if directory:
            full = self.launcher.command(directory, command, self.caller, self.scratch)
            full = self.launcher.with_options(full, extra) if extra else full
        else:
            full = command = [str(self.build.witness) if word == nodes.WITNESS else word for word in command]
        started = now()
        running = Running(full, command, self.caller, self.launcher if directory else None, hold, limit)
        try:
            yield running
            running.finish()
        finally:
            running.kill()
            text = nodes.text_of(directory) if directory else ""
            observation = {"inside": _first_line(running.text("stdout")), "outside": running.outside}
            running.run = Run(role, text, full, running.text("stdout"), running.text("stderr"),
                              running.status, observation, started, now())
            self.runs.append(running.run)

    @contextmanager
    def acting(self, caller):
        """Have the runs of the block started by another Caller."""
        own, self.caller = self.caller, caller
        try:
            yield
        finally:
            self.caller = own

    def run(self, node, command, role=PROTECTED, outside=None, limit=LIMIT_SECONDS, extra=()):
        """Run `command` in a node to its end and return the recorded Run.

        outside: called with the Running while the payload is held alive after its first line (as the
        command of `witness` does it); what it returns, any JSON value, is recorded as seen from outside;
        extra: options of the launcher's own. Raises RunError when the payload ends before that, RunCut when
        it hangs.
        """
        with self.start(node, command, role, outside is not None, limit, extra) as running:
            if outside:
                running.observe()
                running.outside = outside(running)
        return running.run

    def observe(self, node, *observations, **options):
        """Run the witness for `observations`; options as for `run`. Returns the Run.

        Raises RunError when the witness did not print them: then nothing was observed.
        """
        run = self.run(node, nodes.witness(*observations), **options)
        if run.inside is None:
            kind = RunRefused if node is not None and self.refused(run) else RunError
            raise kind(f"no observation: status {run.status}, stderr {cut(run.stderr.strip())}")
        return run

    def refused(self, run):
        """Say whether the launcher told of a Run that it could not set the node up, and no payload spoke."""
        return self.launcher.refuses(run.command, run.status, run.stderr) and not run.stdout

    def conclude(self, item=None, *, holds, exposed, expected, seen=None, runs=None, attributes=None):
        """Record the verdict on an item.

        item: id, may be left out when the check claims one only; holds: whether the protected runs show
        what the requirement demands; exposed: whether the controls show the opposite; expected: one line
        on what should be seen; seen: what was, in words, for a reader who cannot tell it from the
        observations; runs: those it was seen in, by default all so far; attributes: further facts for the
        report. Several conclusions on one item are several records; the worst counts.
        """
        if item is None:
            (item,) = self.marked.items
        if item not in self.marked.items:
            raise ValueError(f"{item} is not claimed by @verifies")
        runs = list(self.runs if runs is None else runs)
        verdict, because = decide(holds, exposed, [run.role for run in runs])
        reason = f"{because}: {expected}"
        if seen and verdict != "pass":
            reason += f"; seen: {seen}"
        self._add([item], verdict, reason, attributes, runs, expected, exposed=bool(exposed))

    def backed(self, verdict, finding, detail):
        """Record that a probe finding, given by id, keeps all items from being checked on this kernel."""
        self._add(self.marked.items, verdict, f"{finding} is {verdict}: {detail}", probe=[finding])

    def broke(self, error):
        """Record that the check did not come to its end.

        A node that was refused does not hold, unless it is the control; what was cut shows nothing; what
        the launcher has no words for is no verdict on it.
        """
        open_items = [item for item in self.marked.items if item not in self.concluded()]
        verdict, reason = "error", f"{type(error).__name__}: {error}"
        if isinstance(error, Inexpressible):
            verdict, reason = BEYOND, f"no words for {error}"
        elif isinstance(error, RunRefused) and CONTROL not in self.runs[-1].role:
            verdict = "fail"
        elif isinstance(error, (RunRefused, RunCut, CheckCut)):
            verdict = "inconclusive"
        self._add(open_items or self.marked.items, verdict, reason, runs=self.runs)

    def concluded(self):
        """Return the items that have a verdict."""
        return {item for record in self.records for item in record.items}

    def verdict(self):
        """Return the worst verdict recorded."""
        return worst([record.verdict for record in self.records])

    def problems(self):
        """Return the message on every record that is no pass; empty when all pass.

        The command that it ends with is one for a shell in the guest; the test's id names the caller.
        """
        reproduce = shlex.join(["python3", "-m", "pytest", f"suites/{self.test}", "--launcher",
                                self.launcher.label])
        return "\n".join(explain(record, self._expected.get(id(record)), reproduce)
                         for record in self.records if record.verdict != "pass")

    def close(self):
        """Remove everything the check made on the host. Raises OSError when something cannot be removed."""
        self._ending.close()

    def _add(self, items, verdict, reason, attributes=None, runs=(), expected=None, probe=None, exposed=None):
        record = Record(self.test, list(items), self._who, verdict, " ".join(reason.split()),
                        attributes or {}, list(self.marked.needs if probe is None else probe),
                        [replace(run) for run in runs], exposed)
        self.records.append(record)
        self._expected[id(record)] = expected


def _first_line(text):
    try:
        return json.loads(text.partition("\n")[0])
    except ValueError:
        return None
