# SPDX-License-Identifier: Apache-2.0
"""From what guests recorded to a report that traces requirements to proof.

The modules, in the order of the data: `runs` reads what a kernel's run left, `judgement` turns recorded
verdicts into verdicts that hold, `evidence` keeps each result under the digest of its content,
`model` puts kernels, requirements and results together, and `trace_json`, `junit`, `page` and `terminal`
show them. `command` is the command line.
"""
