# SPDX-License-Identifier: Apache-2.0
"""Time for what the kernel does after a signal; no verdict depends on how long it takes."""

import time

STEPS, STEP_SECONDS = 500, 0.02


def wait_until(true):
    """Return whether `true()` becomes true while the kernel is given its time."""
    for _ in range(STEPS):
        if true():
            return True
        time.sleep(STEP_SECONDS)
    return False
