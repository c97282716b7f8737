# SPDX-License-Identifier: BSD-2-Clause
"""Scenarios as scripts for chronyd have them, on a made-up clock and network.

Each is run with gnomond under several seeds, and with the stock chronyd under one: what does not
hold for that would be a mistake of the scenario. The words "ours" and "stock" are the two programs.
All times are of simulated seconds; nothing depends on how fast this runs.
"""
import sys

import lab
import scenarios_clock  # noqa: F401
import scenarios_network  # noqa: F401
import scenarios_running  # noqa: F401

sys.exit(lab.main())
