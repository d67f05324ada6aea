# SPDX-License-Identifier: Apache-2.0
"""REDPAK.HRQ-R-RED-LEV-ALL-LIN-NAM: each of the eight namespaces, by what it isolates."""

ITEM = "REDPAK.HRQ-R-RED-LEV-ALL-LIN-NAM/"
