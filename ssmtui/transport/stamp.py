"""Where message ids, nonces and wall time enter the protocol core; the only clock and the only dice it has."""

from __future__ import annotations

import os
import time

from ssmtui.protocol import Stamp

_NONCE_BYTES = 12
_ID_BYTES = 16
_AT_ONCE = 64
"""Ids that are drawn in one call of the system: a flood takes one for every frame that it acknowledges."""
_AS_VERSION_4 = bytes(byte & 0x0F | 0x40 for byte in range(256))
_AS_VARIANT = bytes(byte & 0x3F | 0x80 for byte in range(256))

_ids: list[bytes] = []


def new_stamp() -> Stamp:
    """A fresh UUID4 and the wall time of now in milliseconds."""
    try:
        id_bytes = _ids.pop()
    except IndexError:
        id_bytes = _draw_ids()
    return Stamp(id_bytes, time.time_ns() // 1_000_000)


def _draw_ids() -> bytes:
    """Put some new ids aside, and give one more."""
    drawn = bytearray(os.urandom(_ID_BYTES * _AT_ONCE))
    drawn[6::_ID_BYTES] = drawn[6::_ID_BYTES].translate(_AS_VERSION_4)
    drawn[8::_ID_BYTES] = drawn[8::_ID_BYTES].translate(_AS_VARIANT)
    one, *others = (bytes(drawn[start : start + _ID_BYTES]) for start in range(0, len(drawn), _ID_BYTES))
    _ids.extend(others)
    return one


def new_nonce() -> bytes:
    """Twelve random bytes: one encrypted frame's (protocol.md section 5.5)."""
    return os.urandom(_NONCE_BYTES)
