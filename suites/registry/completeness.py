# SPDX-License-Identifier: Apache-2.0
"""Whether registry, tests and sources agree."""

from . import clauses


def gaps(registry, claims):
    """Compare the registry with what tests verify, both ways; returns a list of lines, empty when complete.

    claims: dict of test id to the list of item ids it verifies. Only items of requirements that are
    verified by test need one.
    """
    items = registry.items()
    verified = {item for claimed in claims.values() for item in claimed}
    lines = [f"{item.id}: no test verifies it"
             for requirement in registry.requirements if requirement.verification == "test"
             for item in requirement.items if item.id not in verified]
    for test, claimed in claims.items():
        if not claimed:
            lines.append(f"{test}: verifies nothing")
        lines += [f"{test}: verifies {item}, which is not in the registry"
                  for item in claimed if item not in items]
    return lines


def changed_clauses(registry, seeds):
    """Compare the registry with its sources in the folder `seeds`.

    Returns (lines on clauses that differ, names of source files not at hand). Raises OSError when a
    source is there and cannot be read.
    """
    states = {requirement: clauses.source_state(requirement.source, seeds)
              for requirement in registry.requirements}
    differing = [f"{requirement.id}: the clause {requirement.source.clause!r} of {requirement.source.file} "
                 "is not the one registered; read it again, then renew the digest"
                 for requirement, state in states.items() if state == clauses.DIFFERS]
    missing = {requirement.source.file for requirement, state in states.items()
               if state == clauses.NOT_AT_HAND}
    return differing, sorted(missing)
