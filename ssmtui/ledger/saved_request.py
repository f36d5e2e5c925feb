"""What is kept on disk of a request, to know it again or to start it again: what StartSession would be asked, but for
what may be a secret, never what was typed or printed. Pure.

A file that it is read from may be another release's, or have been edited: nothing of it is trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple, TypeGuard

from ssmtui.documents.secrets import is_secret
from ssmtui.model import Container, PaneOptions, Scope, StartRequest, TerminalSize

MAX_TEXT = 4_000
"""Characters of one text that is kept; a session with longer ones is not."""
MAX_PARAMETERS = 50
MAX_VALUES = 50


class SavedSession(NamedTuple):
    """What is kept of one session."""

    request: StartRequest
    title: str
    """The name that its tab had."""
    node_name: str = ""
    """What the node was called; empty where nobody had listed it."""
    record: str = ""
    """The id of its record in the ledger, by which a session that outlived its program finds its place again; empty
    where it has none."""


def kept(request: StartRequest) -> StartRequest:
    """What is kept of ``request``."""
    # What is typed at the start comes from the profile and is not kept; that a possible secret was left out is kept, so
    # that it can be reported.
    parameters = {name: () if is_secret(name) else values for name, values in request.parameters.items()}
    return replace(request, parameters=MappingProxyType(parameters), options=replace(request.options, on_connect=""))


def as_json(session: SavedSession) -> dict[str, Any]:
    """A session as it is in a file."""
    request, options = session.request, session.request.options
    scope, container = request.scope, request.container
    facts: dict[str, Any] = {
        "target": request.target,
        "title": session.title,
        "name": request.title,
        "node_name": session.node_name,
        "document": request.document_name,
        "parameters": {name: list(values) for name, values in request.parameters.items()},
        "reason": request.reason,
        "command": request.command,
        "scope": [scope.aws_profile, scope.region] if scope else None,
        "container": list(container) if container else None,
        "profile": options.profile,
        "size": [options.largest.cols, options.largest.rows] if options.largest else None,
        "scrollback_lines": options.scrollback_lines,
        "clipboard": options.clipboard,
        "keep_alive": options.keep_alive,
        "recording": options.recording,
        "guarded": options.guarded,
        "color": options.color,
        "icon": options.icon,
        "message_endpoint": options.message_endpoint,
        "record": session.record,
    }
    return {name: value for name, value in facts.items() if value or (value == 0 and value is not False)}


def from_json(entry: object) -> SavedSession | None:
    """The session that is in a file as ``entry``; None where that is none. What is invalid of it is left out."""
    if not isinstance(entry, dict):
        return None
    reader = _EntryReader(entry)
    target = reader.text("target")
    if not target:
        return None
    options = PaneOptions(
        profile=reader.text("profile"),
        largest=reader.size(),
        scrollback_lines=reader.whole("scrollback_lines", 0, 1_000_000),
        clipboard=reader.one_of("clipboard", "ask", "allow", "never"),
        keep_alive=reader.switch("keep_alive"),
        recording=reader.switch("recording"),
        guarded=reader.text("guarded"),
        color=reader.text("color"),
        icon=reader.text("icon"),
        message_endpoint=reader.text("message_endpoint"),
    )
    request = StartRequest(
        target=target,
        document_name=reader.text("document") or None,
        parameters=reader.parameters(),
        reason=reader.text("reason") or None,
        title=reader.text("name"),
        scope=reader.scope(),
        container=reader.container(),
        command=reader.text("command"),
        options=options,
    )
    return SavedSession(request, reader.text("title") or request.label, reader.text("node_name"), reader.text("record"))


class _EntryReader:
    """One entry of the file, of which nothing is trusted."""

    def __init__(self, entry: Mapping[str, object]) -> None:
        self._entry = entry

    def text(self, name: str) -> str:
        value = self._entry.get(name)
        return value if _is_text(value) else ""

    def one_of(self, name: str, *choices: str) -> str:
        value = self.text(name)
        return value if value in choices else ""

    def switch(self, name: str) -> bool:
        return self._entry.get(name) is True

    def whole(self, name: str, low: int, high: int) -> int | None:
        value = self._entry.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high else None

    def parameters(self) -> Mapping[str, tuple[str, ...]]:
        given = self._entry.get("parameters")
        if not isinstance(given, dict):
            return MappingProxyType({})
        return MappingProxyType(
            {
                name: tuple(values)
                for name, values in list(given.items())[:MAX_PARAMETERS]
                if isinstance(values, list) and len(values) <= MAX_VALUES and all(map(_is_text, values))
            }
        )

    def scope(self) -> Scope | None:
        match self._entry.get("scope"):
            case [str() | None as aws_profile, str(region)] if region:
                return Scope(aws_profile, region)
        return None

    def container(self) -> Container | None:
        match self._entry.get("container"):
            case [str(cluster), str(task), str(name), str(runtime_id)]:
                return Container(cluster, task, name, runtime_id)
        return None

    def size(self) -> TerminalSize | None:
        match self._entry.get("size"):
            case [int(cols), int(rows)]:
                return TerminalSize(cols, rows)
        return None


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= MAX_TEXT
