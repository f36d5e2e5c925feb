"""The cipher of an encrypted session, against the vectors of protocol.md section 5.5."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ssmtui.errors import LocalProtocolError, RemoteProtocolError
from ssmtui.protocol.cipher import SessionCipher
from ssmtui.protocol.limits import Role

KEY = bytes(range(64))
NONCE = bytes(range(12))
VECTORS = [
    (Role.CLIENT, b"ls -l\r", "000102030405060708090a0b30217d8a2638f2b86525cda2b0f98b7018e79e0b5001"),
    (Role.AGENT, b"total 0\r\n", "000102030405060708090a0b336da27aa9c5f2168733820eebfdcf65393e46c1a6b619b33f"),
]


def _cipher(role: Role, key: bytes = KEY) -> SessionCipher:
    return SessionCipher(key, role, lambda: NONCE)


def _other(role: Role) -> Role:
    return Role.AGENT if role is Role.CLIENT else Role.CLIENT


@pytest.mark.parametrize(("role", "plain", "wire"), VECTORS)
def test_vectors(role: Role, plain: bytes, wire: str) -> None:
    assert _cipher(role).encrypt(plain).hex() == wire
    assert _cipher(_other(role)).decrypt(bytes.fromhex(wire)) == plain


@pytest.mark.parametrize("role", Role)
def test_empty_is_a_nonce_and_a_tag(role: Role) -> None:
    wire = _cipher(role).encrypt(b"")
    assert (len(wire), wire[:12]) == (28, NONCE)
    assert _cipher(_other(role)).decrypt(wire) == b""


@pytest.mark.parametrize("role", Role)
def test_edge_60_swapped_halves_are_an_error(role: Role) -> None:
    swapped = _cipher(_other(role), KEY[32:] + KEY[:32])
    with pytest.raises(RemoteProtocolError, match="not encrypted with this session's key"):
        swapped.decrypt(_cipher(role).encrypt(b"secret"))


@pytest.mark.parametrize("length", [0, 5, 11, 12, 27])
def test_edge_61_too_short_is_an_error(length: int) -> None:
    with pytest.raises(RemoteProtocolError, match=f"{length} bytes are too few"):
        _cipher(Role.CLIENT).decrypt(bytes(length))


@pytest.mark.parametrize("place", [0, 12, 30])
def test_one_flipped_bit_is_an_error(place: int) -> None:
    wire = bytearray(_cipher(Role.AGENT).encrypt(b"secret"))
    wire[place] ^= 1
    with pytest.raises(RemoteProtocolError):
        _cipher(Role.CLIENT).decrypt(bytes(wire))


@pytest.mark.parametrize("length", [0, 32, 63, 65])
def test_key_of_a_wrong_length_is_refused(length: int) -> None:
    with pytest.raises(LocalProtocolError, match=f"a data key of {length} bytes"):
        _cipher(Role.CLIENT, bytes(length))


def test_nonce_of_a_wrong_length_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="a nonce of 11 bytes"):
        SessionCipher(KEY, Role.CLIENT, lambda: bytes(11)).encrypt(b"x")


def test_repr_shows_no_key() -> None:
    assert repr(_cipher(Role.CLIENT)) == "SessionCipher()"


def test_protocol_room_loads_no_cryptography() -> None:
    code = "import sys, ssmtui.protocol; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
