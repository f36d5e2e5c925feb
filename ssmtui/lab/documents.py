"""The lab's document store: what the document operations know, and what a session is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from ssmtui.lab.answers import ApiError
from ssmtui.lab.company import ACCOUNT
from ssmtui.lab.document_texts import AMAZON, OWN
from ssmtui.lab.parameters import Declaration, bind, substitute
from ssmtui.model import DEFAULT_SHELL

DEFAULT_IDLE_MINUTES = "20"

_PLATFORM_NAMES = {"linux": "Linux", "windows": "Windows", "macos": "MacOS"}
_AMAZON_BORN = datetime(2021, 3, 9, 10, 12, tzinfo=UTC)
_OWN_BORN = datetime(2025, 2, 17, 8, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """What the agent must run: a document with its parameters filled in."""

    document_name: str
    session_type: str
    properties: Mapping[str, object]
    kms_key_id: str = ""
    """The key that encrypts the session; empty for none."""


@dataclass(frozen=True, slots=True)
class LabDocument:
    """One document: its name, its owner (``Amazon`` or the account) and its parsed text."""

    name: str
    owner: str
    body: Mapping[str, object]
    created: datetime

    @property
    def document_type(self) -> str:
        """``Session`` or ``Command``."""
        return "Session" if "sessionType" in self.body else "Command"

    @property
    def content(self) -> str:
        """The text that GetDocument returns."""
        return json.dumps(self.body, indent=2)

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def parameters(self) -> Mapping[str, Declaration]:
        """The declared parameters, in document order."""
        return cast("Mapping[str, Declaration]", self.body.get("parameters", {}))

    @property
    def platforms(self) -> list[str]:
        """The service's hint: the platforms that ``properties`` speaks of, all of them when it speaks of none."""
        named = cast("Mapping[str, object]", self.body.get("properties", {}))
        return [name for key, name in _PLATFORM_NAMES.items() if key in named] or list(_PLATFORM_NAMES.values())

    @property
    def max_minutes(self) -> str | None:
        """``inputs.maxSessionDuration``, which the service enforces and DescribeSessions reports."""
        value = cast("Mapping[str, object]", self.body.get("inputs", {})).get("maxSessionDuration")
        return str(value) if value else None

    @property
    def idle_minutes(self) -> str | None:
        """``inputs.idleSessionTimeout``, which the service enforces; None leaves it to the account's preferences."""
        value = cast("Mapping[str, object]", self.body.get("inputs", {})).get("idleSessionTimeout")
        return str(value) if value else None

    def plan(self, given: Mapping[str, object]) -> SessionPlan:
        """Check the parameters of StartSession and fill them in; raises :class:`ApiError` for what it refuses."""
        values = bind(self.parameters, given)
        properties = substitute(self.body.get("properties", {}), values)
        key_id = str(cast("Mapping[str, object]", self.body.get("inputs", {})).get("kmsKeyId") or "")
        return SessionPlan(self.name, str(self.body["sessionType"]), cast("Mapping[str, object]", properties), key_id)


class DocumentStore:
    """All documents of the account and region."""

    def __init__(self, account: str = ACCOUNT) -> None:
        amazon = [LabDocument(name, "Amazon", body, _AMAZON_BORN) for name, body in AMAZON.items()]
        own = [LabDocument(name, account, body, _OWN_BORN) for name, body in OWN.items()]
        self._documents = {document.name: document for document in sorted(amazon + own, key=lambda one: one.name)}

    def __iter__(self) -> Iterator[LabDocument]:
        return iter(self._documents.values())

    def get(self, name: object) -> LabDocument:
        """The document of that name or ARN; raises ``InvalidDocument``."""
        text = str(name)
        if text.startswith("arn:"):
            text = text.rpartition("document/")[2]
        document = self._documents.get(text)
        if document is None:
            raise ApiError("InvalidDocument", f"Document with name {name} does not exist.")
        return document

    def idle_minutes(self, document: LabDocument) -> str:
        """The idle limit of a session with ``document``: its own, the account's, or the service's 20 minutes."""
        return document.idle_minutes or self.get(DEFAULT_SHELL).idle_minutes or DEFAULT_IDLE_MINUTES

    def for_session(self, name: object) -> LabDocument:
        """The document to start a session with; None takes the account's preferences."""
        document = self.get(DEFAULT_SHELL if name is None else name)
        if document.document_type != "Session":
            raise ApiError("InvalidDocument", f"Document type {document.document_type} is not supported.")
        return document
