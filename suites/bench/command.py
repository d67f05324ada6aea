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

from . import bars, figure, job, look, stage

MET, MISSED, BROKEN = 0, 1, 2
SCHEMA = "redproof.bench/1"
# How long the whole timing may take, in seconds.
LIMIT = 600
COMPETITORS = {"bubblewrap": "bwrap", "crun": "crun"}


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


def time_groups(stopwatch, place, groups, words, seed):
    """Time the groups. Returns a dict of group name to samples in nanoseconds a launch."""
    order = bars.schedule(groups, bars.ROUNDS, seed)
    argv = [str(stopwatch), str(bars.MOUNTS), str(place / "crowd")]
    for group in groups:
        where = "crowded" if group.mounts else "plain"
        argv += [where, str(group.launches), str(group.width), *words[group.launcher], ";"]
    done = subprocess.run(argv, input="\n".join(map(str, order)), text=True, stdout=subprocess.PIPE,
                          check=False, timeout=LIMIT)
    if done.returncode != 0:
        raise BenchError(f"the stopwatch ended with status {done.returncode}")
    return bars.sort_samples(groups, order, [int(line) for line in done.stdout.split()])


def judge(summaries, subjects):
    """Return the bars as the document has them."""
    redwrap = next(subject for subject in subjects if subject["name"] == "redwrap")
    values = {name: summary["median"] for name, summary in summaries.items()}
    values |= {"pss": redwrap["pss_kib"], "calls": redwrap["system_calls"]}
    judged = []
    for bar in bars.BARS:
        value = bars.measured(bar, values)
        judged.append({"text": bar.text, "measured": value, "relation": bar.sign, "limit": bar.limit,
                       "met": bar.met_by(value)})
    return judged


def machine(tools):
    """Return what the figures hold for."""
    cpus = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    models = [line.partition(": ")[2] for line in cpus.splitlines() if line.startswith("model name")]
    versions = {name: subprocess.run([path, "--version"], check=True, text=True, stdout=subprocess.PIPE,
                                     timeout=LIMIT).stdout.splitlines()[0]
                for name, path in tools.items() if path}
    return {"release": os.uname().release, "processor": models[0] if models else os.uname().machine,
            "processors": os.cpu_count(), "load_before": os.getloadavg()[0], "versions": versions}


def measure(build, place):
    """Do everything that is measured in the stage. Returns the document."""
    shutil.copytree(build / "test/bench", place / "program", ignore=shutil.ignore_patterns("stopwatch"))
    (place / "crowd").mkdir()
    tools, strace = find_tools(), shutil.which("strace")
    if not strace:
        raise BenchError("strace is missing; ci/deps bench installs it")
    words = launchers(place, build / "bin/redwrap", tools)
    facts, seed = machine(tools), secrets.randbits(32)
    subjects = [examine(name, argv, place, strace) for name, argv in words.items()]
    groups = [group for group in bars.GROUPS if group.launcher in words]
    samples = time_groups(build / "test/bench/stopwatch", place, groups, words, seed)
    summaries = {name: bars.summary(values) for name, values in samples.items()}
    judged = judge(summaries, subjects)
    timed = [{"name": group.name, "launcher": group.launcher, "extra_mounts": group.mounts,
              "launches": group.launches, "at_once": group.width, **summaries[group.name],
              "nanoseconds": [round(value) for value in samples[group.name]]} for group in groups]
    return {"schema": SCHEMA, "machine": facts, "seed": seed, "rounds": bars.ROUNDS, "launchers": subjects,
            "groups": timed, "bars": judged, "met": all(bar["met"] for bar in judged)}


def render(document):
    """Return the result for a terminal of 80 columns."""
    lines = [f"{'':<46}{'measured':>10}{'bar':>10}"]
    for bar in document["bars"]:
        value = "missing" if bar["measured"] is None else f"{bar['measured']:.4g}"
        limit = f"{bar['relation']} {bar['limit']:g}"
        lines.append(f"{bar['text']:<46}{value:>10}{limit:>10}  {'met' if bar['met'] else 'MISSED'}")
    lines += [f"{name} is not installed; ci/deps bench installs it"
              for name in COMPETITORS if name not in document["machine"]["versions"]]
    unit = next(group["median"] for group in document["groups"] if group["name"] == "redwrap")
    lines.append("")
    lines += [f"{group['name']:<26}{group['median'] / unit:>8.2f} launches of redwrap"
              for group in document["groups"]]
    return "\n".join(lines)


def main(build):
    """Measure; `build` is the absolute path of what was built. Returns the exit status."""
    output = build / "bench"
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="redproof-bench-") as top:
            child = os.fork()
            if child == 0:
                os._exit(_inside(build, output, top))
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except OSError as error:
        print(f"bench: cannot prepare: {error}", file=sys.stderr)
        return BROKEN
    return status if status in (MET, MISSED) else BROKEN


def _inside(build, output, top):
    """The part that runs in the stage, in a process of its own. Returns the exit status."""
    try:
        stage.enter(top, [build])
        place = Path("/job")
        place.mkdir()
        document = measure(build, place)
        (output / "bench.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        (output / "bench.svg").write_text(figure.draw(document), encoding="utf-8")
    except (OSError, ValueError, subprocess.SubprocessError, BenchError, look.LaunchError) as error:
        print(f"bench: cannot measure: {error}", file=sys.stderr)
        return BROKEN
    print(render(document))
    print(f"\n{output}/bench.json, bench.svg", flush=True)
    return MET if document["met"] else MISSED
