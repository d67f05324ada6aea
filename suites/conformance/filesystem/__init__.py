# SPDX-License-Identifier: Apache-2.0
"""REDPAK.HRQ-R-RED-ALW-RED-FIL-ROO, -MOU-SEL-PAR-HOS-FIL, -MOU-VOL-ARE-USI-TMP: what files a node has."""

# f_type of statfs(2).
TMPFS_MAGIC = 0x01021994
