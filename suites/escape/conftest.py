# SPDX-License-Identifier: Apache-2.0
"""Loads the framework; everything that pytest calls is in framework/plugin.py."""

pytest_plugins = ("framework.plugin",)
