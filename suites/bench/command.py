# SPDX-License-Identifier: Apache-2.0
"""`make bench`: measures, prints the bars, and writes JSON and a plot."""
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import bars, figure, job, look, probes, stage

MET, MISSED, BROKEN = 0, 1, 2
SCHEMA = "redproof.bench/1"
COMPETITORS = {"bubblewrap": "bwrap", "crun": "crun", **probes.TOOLS}
REDVM = Path(__file__).resolve().parents[2] / "vm/redvm"


class BenchError(Exception):
    """The machinery failed."""


def find_tools():
    """Return a dict of competitor to its path, None when it is not installed."""
    return {name: shutil.which(command, path="/usr/bin:/usr/sbin") for name, command in COMPETITORS.items()}


def launchers(place, redwrap, tools):
    """Write what the launchers read below `place`. Returns a dict of launcher to its words."""
    program = place / "program"
    one, chain = job.write_nodes(place, program)
    found = {"redwrap": job.redwrap(redwrap, one), "redwrap, chain": job.redwrap(redwrap, chain)}
    if tools["bubblewrap"]:
        found["bubblewrap"] = job.bubblewrap(tools["bubblewrap"], program)
    if tools["crun"]:
        found["crun"] = job.crun(tools["crun"], place / "crun", program)
        found["crun, user shared"] = job.crun(tools["crun"], place / "crun-shared", program, True)
    return found


def examine(name, argv, place, strace):
    """Return what a launcher is like; raises LaunchError when it does not do the job."""
    with look.waiting(argv, place / "program/noop") as (processes, payload):
        lacks = look.missing(payload)
        pss, count = look.memory(processes), len(processes)
    unexpected = lacks - job.LACKS[name.partition(", chain")[0]]
    if unexpected:
        raise look.LaunchError(f"{name} does not do the job: without {', '.join(sorted(unexpected))}")
    return {"name": name, "command": argv, "processes": count, "pss_kib": pss, "lacks": sorted(lacks),
            "system_calls": look.system_calls(strace, argv, place)}


def judge(wanted, groups, facts):
    """Return bars as the document has them.

    @groups: as the document has them. @facts: a dict of what else was measured to its value.
    """
    values = {group["name"]: group["median"] for group in groups} | facts
    judged = []
    for bar in wanted:
        value = bars.measured(bar, values)
        judged.append({"text": bar.text, "measured": value, "relation": bar.sign, "limit": bar.limit,
                       "met": bar.met_by(value)})
    return judged


def machine(tools):
    """Return what the figures hold for."""
    cpus = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    models = [line.partition(": ")[2] for line in cpus.splitlines() if line.startswith("model name")]
    versions = {name: subprocess.run([path, "--version"], check=True, text=True, stdout=subprocess.PIPE,
                                     timeout=bars.LIMIT).stdout.splitlines()[0]
                for name, path in tools.items() if path}
    return {"release": os.uname().release, "processor": models[0] if models else os.uname().machine,
            "processors": os.cpu_count(), "load_before": os.getloadavg()[0], "versions": versions}


def told(groups, samples):
    """Return groups as the document has them; `samples` as bars.sort_samples."""
    return [{"name": group.name, "launcher": group.launcher, "extra_mounts": group.mounts,
             "launches": group.launches, "at_once": group.width, **bars.summary(samples[group.name]),
             "nanoseconds": [round(value) for value in samples[group.name]]} for group in groups]


def measure_probes(build, tools, seed):
    """Time redprobe. Returns its groups and its bars as the document has them."""
    groups = [entry for each in probes.measure(build, REDVM, tools, seed) for entry in told(*each)]
    return groups, judge(probes.BARS, groups, {})


def measure_launches(build, place, tools, seed):
    """Measure redwrap, in the stage. Returns launchers, groups and bars as the document has them."""
    shutil.copytree(build / "test/bench", place / "program", ignore=shutil.ignore_patterns("stopwatch"))
    (place / "crowd").mkdir()
    strace = shutil.which("strace")
    if not strace:
        raise BenchError("strace is missing; ci/deps bench installs it")
    words = launchers(place, build / "bin/redwrap", tools)
    subjects = [examine(name, argv, place, strace) for name, argv in words.items()]
    groups = [group for group in bars.GROUPS if group.launcher in words]
    samples = bars.time_groups(build / "test/bench/stopwatch", groups, words,
                               bars.schedule(groups, bars.ROUNDS, seed),
                               (str(bars.MOUNTS), str(place / "crowd")))
    timed = told(groups, samples)
    redwrap = next(subject for subject in subjects if subject["name"] == "redwrap")
    facts = {"pss": redwrap["pss_kib"], "calls": redwrap["system_calls"]}
    return subjects, timed, judge(bars.BARS, timed, facts)


def render(document):
    """Return the result for a terminal of 80 columns."""
    lines = [f"{'':<46}{'measured':>10}{'bar':>10}"]
    for bar in document["bars"]:
        value = "missing" if bar["measured"] is None else f"{bar['measured']:.4g}"
        limit = "" if bar["limit"] is None else f"{bar['relation']} {bar['limit']:g}"
        verdict = "MISSED" if not bar["met"] else "met" if limit else "(no bar)"
        lines.append(f"{bar['text']:<46}{value:>10}{limit:>10}  {verdict}")
    lines += [f"{name} is not installed; ci/deps bench installs it"
              for name in COMPETITORS if name not in document["machine"]["versions"]]
    lines += ["", *render_times(document["groups"], "redwrap", "launches of redwrap"),
              "", *render_times(figure.native(document["probes"]), "redprobe", "probes of redprobe")]
    return "\n".join(lines)


def render_times(groups, first, unit):
    """Return the times of groups in those of the group called `first`."""
    one = next(group["median"] for group in groups if group["name"] == first)
    return [f"{group['name']:<40}{group['median'] / one:>8.2f} {unit}" for group in groups]


def main(build):
    """Measure; `build` is the absolute path of what was built. Returns the exit status."""
    output = build / "bench"
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="redproof-bench-") as top:
            child = os.fork()
            if child == 0:
                os._exit(_measure(build, output, top))
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except OSError as error:
        print(f"bench: cannot prepare: {error}", file=sys.stderr)
        return BROKEN
    return status if status in (MET, MISSED) else BROKEN


def _document(build, top):
    """Measure everything: first natively, then in the stage, which this process does not leave."""
    tools, seed = find_tools(), secrets.randbits(32)
    facts = machine(tools)
    asked, judged_probes = measure_probes(build, tools, seed)
    stage.enter(top, [build])
    place = Path("/job")
    place.mkdir()
    subjects, timed, judged = measure_launches(build, place, tools, seed)
    judged += judged_probes
    return {"schema": SCHEMA, "machine": facts, "seed": seed, "rounds": bars.ROUNDS, "launchers": subjects,
            "groups": timed, "probes": asked, "bars": judged, "met": all(bar["met"] for bar in judged)}


def _measure(build, output, top):
    """The part that runs in a process of its own. Returns the exit status."""
    try:
        document = _document(build, top)
        (output / "bench.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        (output / "bench.svg").write_text(figure.draw(document), encoding="utf-8")
    except (OSError, ValueError, subprocess.SubprocessError, BenchError, bars.TimingError,
            look.LaunchError) as error:
        print(f"bench: cannot measure: {error}", file=sys.stderr)
        return BROKEN
    print(render(document))
    print(f"\n{output}/bench.json, bench.svg", flush=True)
    return MET if document["met"] else MISSED
