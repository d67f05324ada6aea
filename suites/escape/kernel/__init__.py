# SPDX-License-Identifier: Apache-2.0
"""REDPAK.RKA-R-ESC-KER: ways out of a node by interfaces of the kernel, misused from within."""
