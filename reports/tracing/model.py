# SPDX-License-Identifier: Apache-2.0
"""Put registry, runs and evidence together into the one document that every renderer shows.

Its form is redproof.traceability-1.schema.json, beside this package.
"""

from collections import Counter

from registry import REFUTED, clauses

from . import judgement

SCHEMA = "redproof.traceability/1"
EVIDENCE_SCHEMA = "redproof.evidence/1"
PROVEN, NOT_PROVEN, BROKEN = 0, 1, 2


def build(registry, runs, store, seeds, generated):
    """Return the traceability document.

    registry: Registry; runs: list of Run; store: EvidenceStore that receives each result's evidence;
    seeds: folder of the source documents; generated: time of the report as text.
    Raises EvidenceError when evidence cannot be stored.
    """
    results = [_result(result, run, store) for run in runs for result in run.results]
    verdicts = _item_verdicts(registry, runs, results)
    document = {
        "schema": SCHEMA,
        "generated": generated,
        "launcher": ", ".join(sorted({run.launcher for run in runs if run.launcher})) or None,
        "kernels": [_kernel(run, registry, verdicts) for run in runs],
        "requirements": [_requirement(entry, runs, verdicts, seeds) for entry in registry.requirements],
        "results": results,
    }
    document["problems"] = _problems(runs, document)
    document["status"] = _status(document)
    return document


def _result(recorded, run, store):
    """Judge one recorded result, store its evidence, and return its entry in the document."""
    judged = judgement.judge(recorded, run.findings)
    findings = {name: run.findings.get(name) for name in recorded["probe"]}
    evidence = {
        "schema": EVIDENCE_SCHEMA,
        "kernel": run.record["kernel"],
        "rootfs": run.record["rootfs"],
        "accelerator": run.record["accelerator"],
        "machine": run.session["kernel"] if run.session else None,
        "launcher": run.launcher,
        "binaries": run.session["binaries"] if run.session else {},
        "findings": findings,
        "recorded": recorded,
        "verdict": judged.verdict,
        "reason": judged.reason,
    }
    return {
        "test": recorded["test"],
        "kernel": run.kernel,
        "items": recorded["items"],
        "caller": recorded["caller"],
        "verdict": judged.verdict,
        "recorded": recorded["verdict"],
        "reason": judged.reason,
        "attributes": recorded["attributes"],
        "control": judgement.control_of(recorded),
        "probe": [{"id": name, "status": finding["status"] if finding else "absent",
                   "detail": str(finding.get("detail", "")) if finding else ""}
                  for name, finding in findings.items()],
        "evidence": store.put(evidence),
    }


def _item_verdicts(registry, runs, results):
    """Return a dict of (item id, kernel) to verdict. A run with a problem proves nothing: all is error."""
    collected = {(item, run.kernel): [] for item in registry.items() for run in runs}
    for result in results:
        for item in result["items"]:
            collected[item, result["kernel"]].append(result["verdict"])
    broken = {run.kernel for run in runs if run.problems}
    return {(item, kernel): "error" if kernel in broken else judgement.worst(found)
            for (item, kernel), found in collected.items()}


def _kernel(run, registry, verdicts):
    record = run.record or {"kernel": {}, "rootfs": {}}
    session = run.session or {}
    totals = Counter(verdicts[item, run.kernel] for item in registry.items())
    return {
        "id": run.kernel,
        "release": record["kernel"].get("release"),
        "digest": record["kernel"].get("digest"),
        "package": record["kernel"].get("package"),
        "version": record["kernel"].get("version"),
        "rootfs": record["rootfs"].get("digest"),
        "accelerator": record.get("accelerator"),
        "outcome": record.get("outcome"),
        "seconds": record.get("seconds"),
        "every_item": run.every_item,
        "launcher": run.launcher,
        "binaries": session.get("binaries", {}),
        "totals": {verdict: totals[verdict] for verdict in judgement.ORDER},
        "problems": run.problems,
    }


def _requirement(requirement, runs, verdicts, seeds):
    items = [{"id": item.id, "name": item.name, "statement": item.statement, "claim": item.claim,
              "why": item.why, "verdicts": {run.kernel: verdicts[item.id, run.kernel] for run in runs}}
             for item in requirement.items]
    return {
        "id": requirement.id,
        "title": requirement.title,
        "source": {"file": requirement.source.file, "clause": requirement.source.clause,
                   "digest": requirement.source.digest,
                   "state": clauses.source_state(requirement.source, seeds)},
        "statement": requirement.statement,
        "verification": requirement.verification,
        "verdicts": {run.kernel: judgement.worst([item["verdicts"][run.kernel] for item in items])
                     for run in runs},
        "items": items,
    }


def _problems(runs, document):
    """List what broke in the machinery, a line each."""
    found = [problem for run in runs for problem in run.problems]
    found += [f"{result['kernel']}: {result['test']}: the harness broke: {result['reason']}"
              for result in document["results"] if result["verdict"] == "error"]
    return found if runs else ["no kernel was run: there is no run to report on"]


def refuted(document):
    """List the items whose claim is wrong: what passes there is the proof of that."""
    return [item for requirement in document["requirements"] for item in requirement["items"]
            if item["claim"] == REFUTED]


def passed(requirement, kernel):
    """Count the items of a requirement (an entry of the document) that pass on a kernel, given by id."""
    return sum(item["verdicts"][kernel] == "pass" for item in requirement["items"])


def shortfalls(document):
    """List the verdicts that keep the report from status 0, as (item, kernel id, verdict) in order."""
    kernels = {kernel["id"]: kernel for kernel in document["kernels"]}
    return [(item, kernel, verdict)
            for requirement in document["requirements"]
            for item in requirement["items"]
            for kernel, verdict in item["verdicts"].items()
            if not judgement.acceptable(verdict, kernels[kernel]["every_item"])]


def changed_sources(document):
    """List the requirements whose source clause is not what the registry was written from."""
    return [requirement for requirement in document["requirements"]
            if requirement["source"]["state"] == clauses.DIFFERS]


def _status(document):
    """Return the exit status: BROKEN before NOT_PROVEN before PROVEN."""
    if document["problems"]:
        return BROKEN
    return NOT_PROVEN if shortfalls(document) or changed_sources(document) else PROVEN
