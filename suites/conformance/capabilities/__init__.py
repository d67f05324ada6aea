# SPDX-License-Identifier: Apache-2.0
"""REDPAK.HRQ-R-RED-MAN-LIN-CAP: each of the 41 capabilities, dropped and kept."""

ITEM = "REDPAK.HRQ-R-RED-MAN-LIN-CAP/"
