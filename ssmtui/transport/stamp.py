"""Where message ids, nonces and wall time enter the protocol core; the only clock and the only dice it has."""

from __future__ import annotations

import os
import time
import uuid

from ssmtui.protocol import Stamp

_NONCE_BYTES = 12


def new_stamp() -> Stamp:
    """A fresh UUID4 and the wall time of now in milliseconds."""
    return Stamp(uuid.uuid4(), time.time_ns() // 1_000_000)


def new_nonce() -> bytes:
    """Twelve random bytes: one encrypted frame's (protocol.md section 5.5)."""
    return os.urandom(_NONCE_BYTES)
