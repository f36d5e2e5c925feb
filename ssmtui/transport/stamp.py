"""Where message ids, nonces and wall time enter the protocol core; the only clock and the only randomness it has."""

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
    # RFC 9562 section 5.4: 122 random bits, with the version in byte 6 and the variant in byte 8.
    drawn = bytearray(os.urandom(_ID_BYTES * _AT_ONCE))
    drawn[6::_ID_BYTES] = drawn[6::_ID_BYTES].translate(_AS_VERSION_4)
    drawn[8::_ID_BYTES] = drawn[8::_ID_BYTES].translate(_AS_VARIANT)
    one, *others = (bytes(drawn[start : start + _ID_BYTES]) for start in range(0, len(drawn), _ID_BYTES))
    _ids.extend(others)
    return one


def new_nonce() -> bytes:
    """Twelve random bytes for one encrypted frame (protocol.md section 5.5)."""
    # Random and not counted, as the official client draws them: a count would have to survive everything that the key
    # survives. Two of 2**32 frames share a nonce with a chance of about one in 2**33.
    return os.urandom(_NONCE_BYTES)
