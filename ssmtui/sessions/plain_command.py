"""A command without a terminal (NonInteractiveCommands): what may be sent to it, and what to show while it is silent.
Pure state: no I/O, no clock (protocol.md section 6.3).
"""

from __future__ import annotations

import re

from ssmtui.model import SessionDocument, StartRequest

SESSION_TYPE = "NonInteractiveCommands"
RUNS_AFTER = 2.0
"""Seconds after the agent is ready after which the command is taken to run, even if it has printed nothing."""

SILENT_UNTIL_THE_END = "The output comes when the command ends; no exit code."
MAY_BE_SILENT = "Nothing has come yet: a command like this may send its output only when it ends."
READS_NOTHING = "This command reads no input; Ctrl-C interrupts it."

_SIGNALS = b"\x03\x1c"
"""Ctrl-C and Ctrl-backslash: all that the agent looks for in the input."""
_AWS_DOCUMENT = "AWS-StartNonInteractiveCommand"
_PARAMETER = "separateOutputStream"
_TRUE, _FALSE = (
    frozenset({"1", "t", "T", "TRUE", "true", "True"}),
    frozenset({"0", "f", "F", "FALSE", "false", "False"}),
)
_placeholder = re.compile(r"\{\{\s*([a-zA-Z0-9]+)\s*\}\}").fullmatch


class PlainInput:
    """The input and the silence of one command."""

    def __init__(self) -> None:
        self._runs = False
        self._early = b""
        self._expectation = ""
        self._printed = False
        self._refusal = ""
        self._refused = False

    @property
    def notice(self) -> str:
        """What to show the person now; empty for nothing."""
        return self._refusal or ("" if self._printed else self._expectation)

    def admit(self, data: bytes) -> bytes:
        """The keys of ``data`` that the command gets now. Of those pressed before it runs the last one is kept: nobody
        checks on the node that the process exists, and a signal before that breaks the agent's reader."""
        keys = bytes(byte for byte in data if byte in _SIGNALS)
        if len(keys) < len(data) and not self._refused:
            self._refused, self._refusal = True, READS_NOTHING
        if self._runs:
            return keys
        self._early = keys[-1:] or self._early
        return b""

    def running(self) -> bytes:
        """The command runs; returns the key that was pressed before."""
        self._runs = True
        early, self._early = self._early, b""
        return early

    def printed(self) -> bytes:
        """Output has come: the command runs, and there is nothing more to say."""
        self._printed, self._refusal = True, ""
        return self.running()

    def expect(self, request: StartRequest, document: SessionDocument | None, *, final: bool) -> None:
        """Take in what is known of the document; ``final``: nothing more will be known."""
        separated = is_separated(request, document)
        if separated is None:
            self._expectation = MAY_BE_SILENT if final else ""
        else:
            self._expectation = "" if separated else SILENT_UNTIL_THE_END


def as_printed(session_type: str, data: bytes) -> bytes:
    """``data`` as a terminal must get it. Such a command writes line feeds alone, and there is no pty on the node whose
    line discipline makes new lines of them (ONLCR, termios(3))."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if session_type == SESSION_TYPE else data


def is_separated(request: StartRequest, document: SessionDocument | None) -> bool | None:
    """Whether the command's outputs are streamed separately, so as they come; None when that is not known. ``document``
    is None when it could not be read, or has not been read yet."""
    given = {name: value for name, values in request.parameters.items() if (value := "".join(values[:1]))}
    if document is None:
        is_aws = (request.document_name or "").rpartition("/")[2] == _AWS_DOCUMENT
        return _flag(given.get(_PARAMETER, "false")) if is_aws else None
    defaults = {one.name: one.default[0] for one in document.parameters if one.default}
    values = {**defaults, **given}
    if not document.complete:
        return _flag(values[_PARAMETER]) if _PARAMETER in values else None
    told = {_flag(_filled_in(text, values)) for text in document.separate_output or ("",)}
    return told.pop() if len(told) == 1 else None


def _filled_in(text: str, values: dict[str, str]) -> str:
    match = _placeholder(text.strip())
    return text if match is None else values.get(match[1], "")


def _flag(text: str) -> bool | None:
    """Read as the agent reads it, where nothing is false (section 8.2)."""
    if not text or text in _FALSE:
        return False
    return True if text in _TRUE else None
