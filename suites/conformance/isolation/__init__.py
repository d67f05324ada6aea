# SPDX-License-Identifier: Apache-2.0
"""REDPAK.HRQ-R-RED-SET-ISO-PRO: the isolated environment, from its first process to its end."""

ITEM = "REDPAK.HRQ-R-RED-SET-ISO-PRO/"
