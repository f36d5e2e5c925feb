"""The document of a saved connection and its parameters, which the form has one widget for: what of them is changed.

A connection that names a document gives its parameters with it; one that names none has those of its folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from ssmtui.profiles.profile import Folder

Parameters = Mapping[str, tuple[str, ...]]
NOTHING: Parameters = MappingProxyType({})


class Entered(Protocol):
    """What the form holds."""

    @property
    def document(self) -> str:
        """Name; empty for the default shell."""
        ...

    @property
    def parameters(self) -> Parameters:
        """As they would be sent."""
        ...


class DocumentDraft:
    """Compares what is entered with what was there."""

    def __init__(
        self, own: Mapping[str, object], above: Folder | None, given: Mapping[str, object] | None = None
    ) -> None:
        """``own`` is what is written, as TOML has it, ``given`` what a new connection begins with; ``above`` is the
        folder that gives the rest."""
        self._own = own
        self._inherited = self.inherited(above)
        self.first = self._inherited
        """Document and parameters that the form begins with."""
        shown = {**own, **(given or {})}
        document, parameters = shown.get("document"), shown.get("parameters")
        if isinstance(document, str):
            self.first = document, self._inherited[1] if document == self._inherited[0] else NOTHING
        if isinstance(parameters, Mapping):
            self.first = self.first[0], {str(name): _values(value) for name, value in parameters.items()}
        self._before = self.first if given is None else self._inherited
        self._is_read = given is not None

    @staticmethod
    def inherited(above: Folder | None) -> tuple[str, Parameters]:
        """What holds where the connection names neither."""
        return (above.values.document, above.values.parameters) if above is not None else ("", NOTHING)

    def note(self, entered: Entered) -> None:
        """The document has been read: what the form makes of what was there is no change."""
        if not self._is_read and entered.document == self.first[0]:
            self._is_read = True
            self._before = entered.document, dict(entered.parameters)

    def changes(self, entered: Entered) -> dict[str, object | None]:
        """Keys to be written; None takes a key away."""
        document, parameters = entered.document, entered.parameters
        before, found = self._before, dict[str, object | None]()
        if document != before[0]:
            goes = document == self._inherited[0]
            if not goes or "document" in self._own:
                found["document"] = None if goes else document
        if document != before[0] or dict(parameters) != dict(before[1]):
            written = {name: values[0] if len(values) == 1 else list(values) for name, values in parameters.items()}
            if written or "parameters" in self._own:
                found["parameters"] = written or None
        return found


def _values(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)
