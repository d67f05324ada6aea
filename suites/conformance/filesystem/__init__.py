# SPDX-License-Identifier: Apache-2.0
"""REDPAK.HRQ-R-RED-ALW-RED-FIL-ROO, -MOU-SEL-PAR-HOS-FIL, -MOU-VOL-ARE-USI-TMP: what files a node has."""

# f_type of statfs(2).
TMPFS_MAGIC = 0x01021994


def content(path):
    """Return the text of a file of the host, None when there is none."""
    return path.read_text() if path.exists() else None
