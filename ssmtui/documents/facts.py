"""What a session document says about the session before it is started, as badges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ssmtui import inert
from ssmtui.model import SessionDocument

STANDARD, INTERACTIVE, NON_INTERACTIVE, PORT = (
    "Standard_Stream",
    "InteractiveCommands",
    "NonInteractiveCommands",
    "Port",
)
KNOWN_TYPES = frozenset({STANDARD, INTERACTIVE, NON_INTERACTIVE, PORT})
"""The session types that can be run here (protocol.md section 6.0)."""


class Badge(NamedTuple):
    """One fact."""

    name: str
    """Which: ``encrypted``, ``s3``, ``cloudwatch``, ``run-as``, ``idle``, ``longest``, ``no-terminal``, ``port``,
    ``type``, ``unread``."""
    text: str
    """A few words, inert."""
    help: str
    """One sentence, inert."""
    is_warning: bool = False


def badges(document: SessionDocument) -> tuple[Badge, ...]:
    """The facts of ``document``, warnings first. For a document that could not be read, one fact says so."""
    found = [*_kind(document), *_protection(document), *_limits(document)]
    return tuple(sorted(found, key=lambda badge: not badge.is_warning))


def _kind(document: SessionDocument) -> Iterator[Badge]:
    kind = document.session_type
    if not document.complete:
        told = "ssm:GetDocument is denied: what it runs, and how it is logged and encrypted, is not known."
        yield Badge("unread", "ssm:GetDocument is denied", told, is_warning=True)
    elif kind not in KNOWN_TYPES:
        shown = inert.line(kind, 40) or "no type"
        told = f"Sessions of type {shown} are not known here: it can be started, but may not work."
        yield Badge("type", f"unknown type {shown}" if kind else "no session type", told, is_warning=True)
    elif kind == NON_INTERACTIVE:
        yield Badge("no-terminal", "no terminal", "Its command runs without a terminal: no prompts, no colours.")
    elif kind == PORT:
        yield Badge("port", "forwards a port", "It carries connections to a port, and has no terminal.")


def _protection(document: SessionDocument) -> Iterator[Badge]:
    if document.encrypted:
        key = inert.line(document.kms_key, 120)
        told = f"The KMS key {key} encrypts all of it up to the node: you need kms:GenerateDataKey for that key."
        yield Badge("encrypted", "encrypted", told)
    if document.s3_bucket:
        bucket = inert.line(document.s3_bucket, 63)
        yield Badge("s3", f"logged to S3 {bucket}", f"The node writes what it prints to the S3 bucket {bucket}.")
    if document.log_group:
        group = inert.line(document.log_group, 60)
        told = f"The node writes what it prints to the CloudWatch log group {group}."
        yield Badge("cloudwatch", f"logged to CloudWatch {group}", told)
    if document.runs_as is not None:
        user = inert.line(document.runs_as, 32)
        told = "The user that your SSMSessionRunAs tag names"
        told += f"; without such a tag {user}." if user else "; without such a tag it does not start."
        yield Badge("run-as", f"runs as {user}" if user else "runs as your tag says", told)


def _limits(document: SessionDocument) -> Iterator[Badge]:
    if document.idle_minutes is not None:
        minutes = document.idle_minutes
        yield Badge("idle", f"idle {minutes} min", f"Without input it ends after {_minutes(minutes)}.")
    if document.max_minutes is not None:
        minutes = document.max_minutes
        yield Badge("longest", f"at most {minutes} min", f"It ends after {_minutes(minutes)}, whatever it does.")


def _minutes(number: int) -> str:
    return f"{number} minute" if number == 1 else f"{number} minutes"
