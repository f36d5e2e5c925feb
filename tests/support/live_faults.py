"""What befalls the live fault runs, and how much travels through them.

``SSMTUI_LIVE_MB`` is the megabytes in each direction (1 unless told); the long profile is ``SSMTUI_LIVE_MB=200``.
"""

from __future__ import annotations

import os

SEED = 20261124
BYTES = int(float(os.environ.get("SSMTUI_LIVE_MB", "1")) * 1_000_000)
LIMIT = 60 + BYTES // 100_000
"""Seconds that one run may take."""

# An agent repairs one lost frame in a tenth of a second: so few are lost that a run is mostly not waiting for them.
# It keeps its pace of 1 MB/s for the same reason: to repair what an unpaced one has on its way at a cut takes minutes.
_LOST = min(0.005, 20_000 / BYTES)
FAULTS = f"seed={SEED},lose={_LOST},reorder=0.02,double=0.01,corrupt=0.001,withhold-acks={_LOST},delay=0.01:0.05"
CUTS = "cut-every=3s"
