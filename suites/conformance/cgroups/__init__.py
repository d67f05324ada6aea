# SPDX-License-Identifier: Apache-2.0
"""The twelve control files of cgroup v2, each by what the kernel then does to the node."""

ITEM = "REDPAK.HRQ-R-RED-LEV-PAR-CGR/"
