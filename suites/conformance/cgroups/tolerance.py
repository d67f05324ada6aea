# SPDX-License-Identifier: Apache-2.0
"""How far counters may be from what was configured, and why. Nothing else in these checks is approximate."""

MEBIBYTE = 1 << 20

# The kernel charges memory in batches for each processor and counts page tables and stacks too
# (mm/memcontrol.c); nothing of this depends on how much memory a check takes.
MEMORY = 2 * MEBIBYTE

# The scheduler divides by slices of some milliseconds, and a busy machine takes the guest's processors
# away while the guest counts this as use by whoever was running. A share of 4 to 1 and one of 1 to 1 stay
# apart by more than this factor on either side.
SHARE = 1.6

# What a quota lets through comes on top of what was left of it when the count began, and a stall during
# the last period is made up for in the next. A group that is held to a tenth is counted as less than this
# many times its share, and one that is not held gets three times as much again.
QUOTA_SHARE = 3

# io.cost hands out what is left over after such a stall too, and then to both alike.
DEVICE_SHARE = 2

# Nothing divides a device among nodes without limits: in a short time one of two may get this much less.
# A limit is then so small that what it lets through is less by far.
UNDIVIDED = 1 / 5
LIMITED = 1 / 10


def is_near(share, expected, factor=SHARE):
    """Say whether a measured ratio is the expected one, but for a factor."""
    return expected / factor <= share <= expected * factor
