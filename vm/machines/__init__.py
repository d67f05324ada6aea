# SPDX-License-Identifier: Apache-2.0
"""Kernels, root file systems and guests for the suites.

Each module has one subject; `cli` and `matrix` are the commands' front ends.
"""
