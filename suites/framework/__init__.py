# SPDX-License-Identifier: Apache-2.0
"""What a conformance check needs; ../README.md shows how to write one."""

from .marks import Claim, each_verifies, verifies
from .nodes import export, minimal, node, witness

__all__ = ["Claim", "each_verifies", "export", "minimal", "node", "verifies", "witness"]
