# SPDX-License-Identifier: Apache-2.0
"""Calls that pass by what a node is made of; it is the filter that refuses them."""

from types import SimpleNamespace

from framework import minimal, verifies

from .technique import CONTROL, Technique, attempt, conclude, items

TECHNIQUES = (
    Technique("io-uring", "make_ring"),
    Technique("userfaultfd", "handle_faults"),
    Technique("call-of-another-abi", "handle_faults_32"),
)


@verifies(*items(TECHNIQUES), needs=("process.seccomp.errno",))
def test_calls(check):
    """As a node has it that says nothing of it; the control has no launcher."""
    stage = SimpleNamespace(fields={})
    conclude(check, TECHNIQUES, [attempt(check, minimal(), TECHNIQUES, stage),
                                 attempt(check, None, TECHNIQUES, stage, CONTROL)])
