# SPDX-License-Identifier: Apache-2.0
"""Read what the matrix left for each kernel: run.json, session.json and results.jsonl.

Nothing here raises for bad input. Whatever is missing, malformed or contradictory becomes a problem of its
run, one line that names file (and line); a run with a problem proves nothing.
"""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

from .judgement import ORDER
from .shapes import Map, ShapeError, Words, expect

TEXT_OR_NONE = (str, type(None))
TIME = (str, int, float, type(None))
RUN = {
    "schema": Words(["redproof.run/1"]),
    "kernel": {"id": str, "package": TEXT_OR_NONE, "version": TEXT_OR_NONE, "release": TEXT_OR_NONE,
               "digest": TEXT_OR_NONE},
    "rootfs": {"digest": TEXT_OR_NONE},
    "accelerator": TEXT_OR_NONE,
    "outcome": Words(["exited", "timeout", "panic", "silent", "failed"]),
    "status": (int, type(None)),
    "seconds": (int, float, type(None)),
    "every_item": bool,
    "error": TEXT_OR_NONE,
}
SESSION = {
    "schema": Words(["redproof.session/1"]),
    "kernel": {"release": str, "version": str, "machine": str},
    "probe": {
        "schema": Words(["redproof.probe/1"]),
        "kernel": {"release": str},
        "features": Map({"status": Words(["supported", "unsupported", "restricted", "unknown"])}),
    },
    "binaries": Map(str),
    "launcher": str,
    "started": TIME,
    "ended": TIME,
    "collected": int,
}
RESULT = {
    "test": str,
    "items": [str],
    "caller": str,
    "verdict": Words(ORDER),
    "reason": str,
    "exposed": (bool, type(None)),
    "attributes": dict,
    "probe": [str],
    "runs": [{"role": str, "node": TEXT_OR_NONE, "command": [str], "stdout": str, "stderr": str,
              "status": (int, type(None)), "observation": object, "started": TIME, "ended": TIME}],
}
# pytest's own statuses for "everything passed" and "some tests failed"; all others mean that it did not
# do its work (interrupted, internal error, usage, nothing collected).
ALL_PASSED, SOME_FAILED = 0, 1
FAILING = ("inconclusive", "error", "fail")


@dataclass
class Run:
    """One kernel's run. `record` and `session` are None when their file cannot be used."""

    kernel: str
    record: dict = None
    session: dict = None
    results: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    @property
    def findings(self):
        """Features of the kernel's probe: dict of id to finding."""
        return self.session["probe"]["features"] if self.session else {}

    @property
    def launcher(self):
        """What was put through the suite, None as long as no session says it."""
        return self.session["launcher"] if self.session else None

    @property
    def every_item(self):
        """Whether each item must pass on this kernel; so it is as long as no record says otherwise."""
        return self.record["every_item"] if self.record else True


def load_runs(directory, kernels, item_ids):
    """Read the runs below `directory`, a folder for each kernel.

    kernels: ids of the kernels to report, in that order; empty for every folder there is, by name.
    item_ids: the registered items. Returns a list of Run; a kernel without a folder has a problem.
    """
    directory = Path(directory)
    if not kernels:
        found = directory.iterdir() if directory.is_dir() else ()
        kernels = sorted(entry.name for entry in found if entry.is_dir())
    return [load_run(directory / kernel, item_ids) for kernel in dict.fromkeys(kernels)]


def load_run(directory, item_ids):
    """Read the run of one kernel, whose id is the folder's name. Returns a Run."""
    run = Run(directory.name)
    try:
        run.record = _load_json(directory / "run.json", RUN)
    except RunError as error:
        run.problems.append(str(error))
        return run
    _check_record(run, directory / "run.json")
    # A run that was cut may have left no session: that it was cut is the problem, and said already.
    cut = bool(run.problems)
    try:
        run.session = _load_json(directory / "session.json", SESSION)
        _check_session(run, directory / "session.json")
    except RunError as error:
        if not cut:
            run.problems.append(str(error))
    _load_results(run, directory / "results.jsonl", item_ids, cut)
    if not run.problems:
        _check_agreement(run, directory)
    return run


class RunError(Exception):
    """A file of a run cannot be used; the message is one line that names it."""


def _load_json(path, shape):
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    return _parse(content, shape, path)


def _parse(content, shape, where):
    try:
        # UnicodeDecodeError is a ValueError, as are the decoder's own.
        value = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
        expect(value, shape)
    except (ValueError, ShapeError, RecursionError) as error:
        raise RunError(f"{where}: {error}") from error
    return value


def _refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def _finite(text):
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text} is too large a number")
    return value


def _check_record(run, path):
    record = run.record
    if record["kernel"]["id"] != run.kernel:
        run.problems.append(f"{path}: is of kernel {record['kernel']['id']!r}, not {run.kernel!r}")
    if record["outcome"] != "exited":
        reason = f": {record['error']}" if record["error"] else ""
        run.problems.append(f"{path}: the run has no exit record, its outcome is {record['outcome']}{reason}")
    elif record["status"] not in (ALL_PASSED, SOME_FAILED):
        run.problems.append(f"{path}: the suite did not run to its end: exit status {record['status']}")
    else:
        run.problems += [f"{path}: the kernel has no {key} on record" for key in ("release", "digest")
                         if not record["kernel"][key]]


def _check_session(run, path):
    if run.session["ended"] is None:
        run.problems.append(f"{path}: the session has no end")
    release = run.record["kernel"]["release"]
    for name, kernel in (("kernel", run.session["kernel"]), ("probe", run.session["probe"]["kernel"])):
        if release and kernel["release"] != release:
            run.problems.append(f"{path}: {name} is of release {kernel['release']}, run.json says {release}")


def _check_agreement(run, directory):
    """What the suite said with its status and its count must be what it recorded."""
    tests = len({result["test"] for result in run.results})
    if tests != run.session["collected"]:
        run.problems.append(f"{directory / 'results.jsonl'}: has results of {tests} tests, "
                            f"but the session collected {run.session['collected']}")
    failing = any(result["verdict"] in FAILING for result in run.results)
    if failing != (run.record["status"] == SOME_FAILED):
        said = "some do not pass" if failing else "none fails"
        run.problems.append(f"{directory / 'run.json'}: exit status {run.record['status']} contradicts "
                            f"the results, of which {said}")


def _load_results(run, path, item_ids, cut):
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        if not cut:
            run.problems.append(f"{path}: cannot be read: {error.strerror}")
        return
    if lines.pop():
        run.problems.append(f"{path}:{len(lines) + 1}: the last line is cut")
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        try:
            result = _parse(line, RESULT, where)
        except RunError as error:
            run.problems.append(str(error))
            continue
        unknown = [item for item in result["items"] if item not in item_ids]
        if unknown or not result["items"]:
            named = f"the unknown item {unknown[0]}" if unknown else "no item"
            run.problems.append(f"{where}: {result['test']} names {named}")
            continue
        run.results.append(result)
