# SPDX-License-Identifier: Apache-2.0
"""Tests that need a guest: control groups, thousands of launches."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
