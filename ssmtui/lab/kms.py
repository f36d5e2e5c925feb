"""The lab's own KMS: data keys that only it can read, each bound to its encryption context."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from ssmtui.lab.answers import ApiError, JsonBody, validation_error
from ssmtui.lab.company import ACCOUNT, REGION
from ssmtui.lab.document_texts import SESSION_KEY

Context = Mapping[str, str]

_KEY_ID = "0f1e2d3c-4b5a-4697-8877-665544332211"
_MOST_BYTES = 1024
_REMEMBERED = 10_000
"""Data keys; the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    plaintext: bytes = field(repr=False)
    context: Context


class LabKms:
    """One key, of which the documents speak as :data:`SESSION_KEY`."""

    def __init__(self, account: str = ACCOUNT, region: str = REGION, *, just_in_time: bool = False) -> None:
        """``just_in_time``: whether approved credentials may use the key (AWS: "Configuring just-in-time access")."""
        self.tags = {"SystemsManagerJustInTimeNodeAccessManaged": "true"} if just_in_time else {}
        home = f"arn:aws:kms:{region}:{account}"
        self.key_arn = f"{home}:key/{_KEY_ID}"
        self._names = frozenset({SESSION_KEY, f"{home}:{SESSION_KEY}", self.key_arn, _KEY_ID})
        self._sealed: dict[bytes, _Sealed] = {}

    def generate_data_key(self, request: JsonBody) -> JsonBody:
        """GenerateDataKey: random bytes, and what only :meth:`unseal` turns back into them."""
        self._check_key(request.get("KeyId"))
        size = request.get("NumberOfBytes")
        if not isinstance(size, int) or not 1 <= size <= _MOST_BYTES:
            raise validation_error(f"Value '{size}' at 'numberOfBytes' must be between 1 and {_MOST_BYTES}")
        sealed = _Sealed(secrets.token_bytes(size), _context(request))
        blob = secrets.token_bytes(size + 96)
        if len(self._sealed) >= _REMEMBERED:
            del self._sealed[next(iter(self._sealed))]
        self._sealed[blob] = sealed
        return {"CiphertextBlob": _text(blob), "Plaintext": _text(sealed.plaintext), "KeyId": self.key_arn}

    def decrypt(self, request: JsonBody) -> JsonBody:
        """Decrypt, for a caller that has the context."""
        if request.get("KeyId") is not None:
            self._check_key(request["KeyId"])
        try:
            blob = base64.b64decode(str(request.get("CiphertextBlob", "")), validate=True)
        except binascii.Error:
            raise ApiError("SerializationException", "CiphertextBlob is not base64.") from None
        plaintext = self.unseal(blob, _context(request))
        return {"Plaintext": _text(plaintext), "KeyId": self.key_arn, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}

    def unseal(self, blob: bytes, context: Context) -> bytes:
        """The data key in ``blob``; ``InvalidCiphertextException`` for another blob or context."""
        sealed = self._sealed.get(blob)
        if sealed is None or dict(sealed.context) != dict(context):
            raise ApiError("InvalidCiphertextException", "The ciphertext or its encryption context is not valid.")
        return sealed.plaintext

    def _check_key(self, key_id: object) -> None:
        if key_id not in self._names:
            raise ApiError("NotFoundException", f"Key '{key_id}' does not exist.")


def _context(request: JsonBody) -> Context:
    context = request.get("EncryptionContext", {})
    if not isinstance(context, dict) or not all(isinstance(value, str) for value in context.values()):
        raise ApiError("SerializationException", "EncryptionContext must be a map of strings.")
    return context


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
