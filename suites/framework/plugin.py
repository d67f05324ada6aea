# SPDX-License-Identifier: Apache-2.0
"""What pytest calls: options, collection by item, the fixtures, and one record or more for each test."""

import json
import os
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest
import registry

from . import launchers
from . import probe as probes
from .build import ROOT, Build, is_executable
from .caller import CALLERS
from .check import Check
from .marks import MARK, claim_of
from .recorder import RESULTS, Recorder
from .running import CheckCut
from .verdict import PROVING_NOTHING

CHECK = pytest.StashKey()
# A check that is not over by then hangs, in itself and not in a run. No check's verdict depends on it.
LIMIT_SECONDS = 180


class SetupError(Exception):
    """The session cannot begin; the message is one line."""


def pytest_addoption(parser):
    """Add the options of the suite."""
    group = parser.getgroup("redproof")
    group.addoption("--results", metavar="DIR", default=os.environ.get("REDPROOF_OUTPUT"),
                    help="where session.json and results.jsonl go (default: $REDPROOF_OUTPUT)")
    group.addoption("--launcher", metavar="NAME[:PATH]", default="redwrap",
                    help="what is put through the suite")
    group.addoption("--build", metavar="DIR", type=Path, default=ROOT / "build",
                    help="where make built (default: build beside suites)")
    group.addoption("--requirement", metavar="ID", action="append", help="only checks of this requirement")
    group.addoption("--item", metavar="ID", action="append", help="only checks of this item")
    group.addoption("--failed", metavar="DIR", type=Path,
                    help="only tests that an earlier session, whose results are in DIR, did not prove")
    group.addoption("--limit", metavar="S", type=float, default=LIMIT_SECONDS,
                    help="cut a test that takes longer than S seconds (default: %(default)s)")


def pytest_configure(config):
    """Declare the mark, and take part in the session."""
    config.addinivalue_line("markers", f"{MARK}(claim): what a test verifies; set by the decorators")
    config.pluginmanager.register(Session(config), "redproof-session")


@pytest.fixture
def caller(request):
    """The Caller that a test runs as; `verifies` sets it."""
    return CALLERS[request.param]


@pytest.fixture
def check(request, caller):
    """The Check to work with; skips, with the finding that says so, what this kernel cannot do."""
    session = request.config.pluginmanager.get_plugin("redproof-session")
    made = Check(request.node.nodeid, claim_of(request.node), caller, session.launcher, session.build)
    request.node.stash[CHECK] = made
    found = probes.obstacle(session.probe["features"], made.marked.needs)
    if found:
        made.backed(found[1], found[0], found[2])
        pytest.skip(made.records[0].reason)
    yield made
    made.close()


class Session:
    """One session: what it runs with, and how far it is."""

    def __init__(self, config):
        self.config = config
        self.build = Build(config.getoption("build").resolve())
        self.launcher = self.probe = self.recorder = None
        self.total = self.done = 0

    def pytest_collection_modifyitems(self, config, items):
        """Refuse tests that verify nothing registered; keep those that were asked for."""
        known = _registered_items()
        for test in items:
            claim = claim_of(test)
            unknown = [item for item in claim.items if item not in known] if claim else ["nothing"]
            if unknown or not claim.items or "check" not in test.fixturenames:
                raise pytest.UsageError(f"{test.nodeid} verifies {', '.join(unknown) or 'nothing'},"
                                        " which is no item of the registry, or takes no `check`")
        failed = _failed(config.getoption("failed"))
        chosen = [test for test in items if self._is_asked_for(claim_of(test).items)
                  and (failed is None or test.nodeid in failed)]
        config.hook.pytest_deselected(items=[test for test in items if test not in chosen])
        items[:] = chosen

    def pytest_runtestloop(self, session):
        """Before the first test: find out what it all runs with."""
        if session.config.option.collectonly or session.testsfailed:
            return
        self.total = len(session.items)
        try:
            self._prepare()
        except (SetupError, launchers.LauncherError, probes.ProbeError, OSError) as error:
            raise pytest.UsageError(str(error)) from error

    def _prepare(self):
        if os.getuid() != 0:
            raise SetupError("the checks look at nodes from outside and change users; run them as root")
        if not is_executable(self.build.witness):
            raise SetupError(f"{self.build.witness} is missing; run make tests-build")
        # No caller has supplementary groups, so root need not drop them for each run.
        os.setgroups([])
        self.launcher = launchers.choose(self.config.getoption("launcher"), self.build)
        self.probe = probes.findings(self.build.redprobe)
        results = self.config.getoption("results")
        if not results:
            raise SetupError("there is no place for the results; give --results DIR")
        self.recorder = Recorder(results, self.launcher, self.build, self.probe, self.total)

    def _is_asked_for(self, items):
        requirements, wanted = (self.config.getoption(name) for name in ("requirement", "item"))
        return ((not wanted or set(wanted) & set(items))
                and (not requirements or {item.partition("/")[0] for item in items} & set(requirements)))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self):
        """Bound the test."""
        with self._bounded():
            yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_teardown(self):
        """Bound what cleans up after it."""
        with self._bounded():
            yield

    @contextmanager
    def _bounded(self):
        """Raise CheckCut in the block if it takes too long, so that the session goes on."""
        limit = self.config.getoption("limit")

        def cut(*_):
            raise CheckCut(f"the check did not end within {limit:g} s and was cut")
        before = signal.signal(signal.SIGALRM, cut)
        signal.setitimer(signal.ITIMER_REAL, limit)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem):
        """Fail a test that came to its end but not to a pass on each of its items."""
        outcome = yield
        made = pyfuncitem.stash[CHECK]
        if outcome.excinfo and isinstance(outcome.excinfo[1], launchers.Inexpressible):
            made.broke(outcome.excinfo[1])
            pytest.skip(made.records[-1].reason)
        outcome.get_result()
        if set(made.marked.items) - made.concluded():
            made.broke(RuntimeError("the check concluded nothing on this item"))
        if made.problems():
            pytest.fail(made.problems(), pytrace=False)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        """Record what broke; after the clean-up, write the records and say how far it is."""
        outcome = yield
        report = outcome.get_result()
        made = item.stash.get(CHECK, None)
        if made is None:
            # A fixture broke before there was a check.
            who = CALLERS[item.callspec.params["caller"]]
            made = item.stash[CHECK] = Check(item.nodeid, claim_of(item), who, self.launcher, self.build)
        decided = call.excinfo and call.excinfo.errisinstance(pytest.fail.Exception)
        if report.failed and not decided:
            made.broke(call.excinfo.value)
            report.longrepr = f"{report.longreprtext}\n{made.problems()}"
        if report.when == "teardown":
            self.done += 1
            self.recorder.write(made.records)
            self._say(f"[{self.done}/{self.total}] {made.verdict()} {item.nodeid}")

    def pytest_report_teststatus(self, report):
        """Count as pytest does, but show no dot: the line of _say is shown instead."""
        if report.when != "call" and report.passed:
            return "", "", ""
        return ("error" if report.failed and report.when != "call" else report.outcome), "", ""

    def pytest_sessionfinish(self):
        """Close the files."""
        if self.recorder:
            self.recorder.close()

    def _say(self, line):
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        terminal.ensure_newline()
        terminal.write_line(line)
        terminal.flush()


def _failed(directory):
    """Return the ids of the tests that the session in `directory` did not prove, None for no directory."""
    if directory is None:
        return None
    try:
        lines = (directory / RESULTS).read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        return {record["test"] for record in records if record["verdict"] in PROVING_NOTHING}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise pytest.UsageError(f"--failed {directory}: no results of a session: {error}") from error


def _registered_items():
    try:
        return registry.load().items()
    except registry.RegistryError as error:
        raise pytest.UsageError(str(error)) from error
