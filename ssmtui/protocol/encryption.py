"""What of a channel is encrypted, and how client and agent come to a common key (protocol.md section 5.5).

The client asks KMS for a data key, sends the agent the form of it that only KMS can read, and the agent has KMS decrypt
it with the node's own permissions: the key itself never travels. A challenge then proves that both have the same one.
"""

from __future__ import annotations

import base64
import hmac

from ssmtui.errors import LocalProtocolError, RemoteProtocolError
from ssmtui.protocol.cipher import KEY_BYTES, NonceSource, SessionCipher
from ssmtui.protocol.events import DataKeyWanted
from ssmtui.protocol.limits import Role
from ssmtui.protocol.outbound import Unsent
from ssmtui.protocol.payloads import (
    ActionStatus,
    HandshakeRequest,
    JsonObject,
    PayloadType,
    ProcessedAction,
    decode_challenge,
    encode_challenge,
)

KMS = "KMSEncryption"
_ENCRYPTED = frozenset({PayloadType.OUTPUT, PayloadType.STDERR, PayloadType.EXIT_CODE})
_TOLD = 500
"""Characters of an error text that the response repeats: it is one frame."""


class Seal:
    """The channel's cipher, once there is one: it stays for all sockets of the session (edge case 67)."""

    def __init__(self, role: Role, nonce: NonceSource | None) -> None:
        self._role = role
        self._nonce = nonce
        self._cipher: SessionCipher | None = None
        self.expected = False
        """The peer's output must not be in clear, whether or not the key is there yet."""

    @property
    def possible(self) -> bool:
        """Whether there are nonces to encrypt with."""
        return self._nonce is not None

    @property
    def cipher(self) -> SessionCipher | None:
        """None before the key is known, and in a session that is not encrypted."""
        return self._cipher

    def use(self, key: bytes) -> None:
        """Encrypt from here on. Raises :class:`LocalProtocolError` for a key of a wrong length, or without nonces."""
        if self._nonce is None:
            raise LocalProtocolError("encryption needs a source of nonces")
        self._cipher = SessionCipher(key, self._role, self._nonce)
        self.expected = True

    def close(self, unsent: Unsent) -> Unsent:
        """The frame as it is numbered and kept. Call it once for each frame.

        A resend must repeat these bytes: encrypting again would take another nonce, and the agent would see two frames
        of one number that differ.
        """
        # Handshake answers and flags, and every frame before the key is known, go in clear (section 3.3).
        if self._cipher is None or unsent.payload_type not in _ENCRYPTED:
            return unsent
        return unsent._replace(payload=self._cipher.encrypt(unsent.payload))

    def open(self, payload_type: int, payload: bytes) -> bytes:
        """The plain payload of a frame. Raises :class:`RemoteProtocolError` when it must be encrypted and is not, or
        does not decrypt: show nothing of it, somebody else may be speaking (edge case 62)."""
        if not self.expected or payload_type not in _ENCRYPTED:
            return payload
        if self._cipher is None:
            raise RemoteProtocolError("data came before the session's key")
        return self._cipher.decrypt(payload)


class KeyExchange:
    """The client's half: a data key from KMS, the answer about it, and the agent's challenge."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._outcome: ProcessedAction | None = None
        self._acknowledges = False
        self._challenged = False

    def want(self, request: HandshakeRequest) -> DataKeyWanted | None:
        """What the caller has to get before the request can be answered; None when the session is not encrypted, or its
        request can only be refused."""
        asked = next((act.parameters for act in request.actions if act.action_type == KMS), None)
        if asked is None:
            return None
        key_id, challenge = asked.get("KMSKeyId"), asked.get("Challenge")
        if not isinstance(key_id, str) or not key_id:
            self.refuse("The agent asks for KMS encryption without naming a key")
            return None
        # ChallengeAcknowledgement tells the agent that the challenge went into the encryption context. KMS decrypts for
        # exactly the context that the key was made with, so the two must agree: an agent before 3.3.808.0 sends none,
        # and one that requires it refuses a client that does not acknowledge (finalizeKMSEncryption).
        self._acknowledges = isinstance(challenge, str) and challenge != ""
        self._seal.expected = True
        return DataKeyWanted(key_id, challenge if isinstance(challenge, str) and challenge else None)

    def supply(self, plaintext: bytes, ciphertext_blob: bytes) -> None:
        """Encrypt with this key from here on, and answer so. A key that is not 64 bytes is refused."""
        if len(plaintext) != KEY_BYTES:
            self.refuse(f"KMS gave a data key of {len(plaintext)} bytes, not {KEY_BYTES}")
            return
        self._seal.use(plaintext)
        result: dict[str, object] = {
            "KMSCipherTextKey": base64.b64encode(ciphertext_blob).decode(),
            "KMSCipherTextHash": None,
        }
        if self._acknowledges:
            result["ChallengeAcknowledgement"] = True
        self._outcome = ProcessedAction(KMS, ActionStatus.SUCCESS, result)

    def refuse(self, error: str) -> None:
        """Answer that there is no key; the agent ends the session and shows ``error``, cut to fit one frame."""
        self._seal.expected = False
        self._outcome = ProcessedAction(KMS, ActionStatus.FAILED, error=error[:_TOLD])

    def process(self, parameters: JsonObject) -> ProcessedAction:
        """The entry in the registry of actions, called when the outcome is known."""
        assert self._outcome is not None
        return self._outcome

    def answer_challenge(self, payload: bytes) -> Unsent:
        """The one EncChallengeResponse. Raises :class:`RemoteProtocolError` for a challenge that gets none (edge case
        61): drop it, the session may go on."""
        cipher = self._seal.cipher
        if cipher is None:
            raise RemoteProtocolError("payload type 8 without an encrypted session")
        # Once: an agent that may ask again and again has us encrypt bytes of its choice. The real one asks once.
        if self._challenged:
            raise RemoteProtocolError("EncChallengeRequest has been answered before")
        plain = cipher.decrypt(decode_challenge(payload))
        self._challenged = True
        return Unsent(PayloadType.ENC_CHALLENGE_RESPONSE, encode_challenge(cipher.encrypt(plain)))


class Challenge:
    """The agent's half: bytes that the client has to send back, encrypted with its own half of the key.

    Two halves, so that an echo of the agent's own frame proves nothing.
    """

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._plain: bytes | None = None

    def ask(self, plain: bytes) -> Unsent:
        """The EncChallengeRequest. Raises :class:`LocalProtocolError` before there is a key."""
        cipher = self._seal.cipher
        if cipher is None:
            raise LocalProtocolError("a challenge needs a data key")
        self._plain = plain
        return Unsent(PayloadType.ENC_CHALLENGE_REQUEST, encode_challenge(cipher.encrypt(plain)))

    def check(self, payload: bytes) -> bool | None:
        """Whether the client has sent the right bytes; None when nobody has asked."""
        cipher, plain = self._seal.cipher, self._plain
        if cipher is None or plain is None:
            return None
        self._plain = None
        try:
            return hmac.compare_digest(cipher.decrypt(decode_challenge(payload)), plain)
        except RemoteProtocolError:
            return False
