"""The cipher of a KMS-encrypted session: AES-256-GCM with one key for each direction (protocol.md section 5.5).

``cryptography`` is loaded with the first data key, not with this module: most sessions are not encrypted.
"""

from __future__ import annotations

from collections.abc import Callable

from ssmtui.errors import LocalProtocolError, RemoteProtocolError
from ssmtui.protocol.limits import Role

KEY_BYTES = 64
NONCE_BYTES = 12
OVERHEAD = NONCE_BYTES + 16
"""Bytes that a nonce and a tag add to the plain text."""

NonceSource = Callable[[], bytes]
"""Gives 12 bytes that it has never given before for the same key: with a nonce that repeats, AES-GCM gives up both the
plain texts and the key that protects against forgery (NIST SP 800-38D, section 8)."""


class SessionCipher:
    """Both directions, as one end sees them. Wire form: nonce, cipher text, tag."""

    __slots__ = ("_nonce", "_reader", "_writer")

    def __init__(self, key: bytes, role: Role, nonce: NonceSource) -> None:
        """Split the data key: bytes 0 to 31 agent to client, 32 to 63 client to agent.

        Raises :class:`LocalProtocolError` unless it has 64 bytes.
        """
        # A key for each direction: both ends choose nonces of their own, and could choose the same one. Swapped halves
        # are noticed with the first frame, whose tag is false (edge case 60).
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(key) != KEY_BYTES:
            raise LocalProtocolError(f"a data key of {len(key)} bytes, not {KEY_BYTES}")
        from_agent, from_client = AESGCM(key[:32]), AESGCM(key[32:])
        agent = role is Role.AGENT
        self._reader, self._writer = (from_client, from_agent) if agent else (from_agent, from_client)
        self._nonce = nonce

    def __repr__(self) -> str:
        return "SessionCipher()"

    def encrypt(self, plain: bytes) -> bytes:
        """The wire form of ``plain``, different each time: encrypt a frame once, and keep what comes out."""
        nonce = self._nonce()
        if len(nonce) != NONCE_BYTES:
            raise LocalProtocolError(f"a nonce of {len(nonce)} bytes, not {NONCE_BYTES}")
        return nonce + self._writer.encrypt(nonce, plain, None)

    def decrypt(self, wire: bytes) -> bytes:
        """What the peer has encrypted. Raises :class:`RemoteProtocolError` when it is too short or its tag is false."""
        from cryptography.exceptions import InvalidTag

        # Neither Go end looks at the length, and both panic on less than a nonce (section 5.5). No order of the nonces
        # is checked: the agent counts up from a random one, and resends repeat theirs; the frames' numbers keep the
        # order.
        if len(wire) < OVERHEAD:
            raise RemoteProtocolError(f"{len(wire)} bytes are too few to be encrypted")
        try:
            return self._reader.decrypt(wire[:NONCE_BYTES], wire[NONCE_BYTES:], None)
        except InvalidTag:
            raise RemoteProtocolError("not encrypted with this session's key") from None
