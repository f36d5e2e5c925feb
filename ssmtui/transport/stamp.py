"""Where message ids and wall time enter the protocol core; the only clock and the only dice it has."""

from __future__ import annotations

import time
import uuid

from ssmtui.protocol import Stamp


def new_stamp() -> Stamp:
    """A fresh UUID4 and the wall time of now in milliseconds."""
    return Stamp(uuid.uuid4(), time.time_ns() // 1_000_000)
