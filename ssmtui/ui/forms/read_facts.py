"""The facts of the document that is looked at: those that are known at once, others once they have been read."""

from __future__ import annotations

from textual.timer import Timer

from ssmtui.errors import AccessDenied, SsmtuiError
from ssmtui.model import DEFAULT_SHELL, Platform, SessionDocument
from ssmtui.sessions.documents import DocumentLibrary
from ssmtui.ui.forms.document_facts import DocumentFacts

LOOK_AFTER = 0.15
"""Seconds that a document is looked at before it is read."""


class ReadFacts(DocumentFacts):
    """Each document is asked for once, and what was refused once stays so until :meth:`forget`."""

    def __init__(self, library: DocumentLibrary, platform: Platform, default: SessionDocument | None) -> None:
        """``default`` is what no name means; None: what the account's preferences say."""
        super().__init__(id="facts")
        self._library = library
        self._platform = platform
        self._default = default
        self._looked_at: str | None = ""
        self._asked: set[str] = set()
        self._refused: dict[str, SsmtuiError] = {}
        self._pause: Timer | None = None

    def use(self, library: DocumentLibrary) -> None:
        """Read from another library."""
        self._library = library
        self.forget()

    def forget(self) -> None:
        """What was refused may be allowed now."""
        self._refused.clear()

    def look(self, name: str, after: float = LOOK_AFTER) -> None:
        """Show the facts of ``name``; what is not known is read after so many seconds, if it is still looked at."""
        self._turn_to(name)
        if self._show_known() or name in self._asked:
            return
        if after:
            self._pause = self.set_timer(after, lambda: self._ask(name))
        else:
            self._ask(name)

    def look_away(self) -> None:
        """No document is highlighted."""
        self._turn_to(None)
        self.say("It is read once it is chosen.")

    def wait(self, name: str) -> None:
        """The form reads ``name`` and will report the result."""
        self._refused.pop(name, None)
        self._turn_to(name)
        self._show_known()

    def refuse(self, name: str, error: SsmtuiError) -> None:
        """``name`` cannot be read."""
        self._refused[name] = error
        if name == self._looked_at:
            self._show_known()

    def _turn_to(self, name: str | None) -> None:
        self._looked_at = name
        if self._pause is not None:
            self._pause.stop()
            self._pause = None

    def _show_known(self) -> bool:
        """Show what is known of what is looked at; whether that is anything."""
        name = self._looked_at
        if name is None:
            return False
        own = self._default if not name else None
        document = own if own is not None else self._library.known(name or DEFAULT_SHELL)
        if document is not None:
            self.show(document, self._platform)
        elif name in self._refused:
            self._show_refused(name, self._refused[name])
        else:
            self.say("reading the document …" if name else "")
            return False
        return True

    def _show_refused(self, name: str, error: SsmtuiError) -> None:
        if name:
            self.show_error(error, "It can be started all the same.")
        elif isinstance(error, AccessDenied):
            self.say(f"The account's settings for it cannot be read: {error.brief}.")
        else:
            self.say("The account has no settings for it: no logs, no key, 20 minutes without input.")

    def _ask(self, name: str) -> None:
        self._asked.add(name)
        self.run_worker(self._read(name), name=f"facts of {name}", group="facts")

    async def _read(self, name: str) -> None:
        try:
            await self._library.document(name or DEFAULT_SHELL)
        except SsmtuiError as error:
            self._refused[name] = error
        finally:
            self._asked.discard(name)
        if name == self._looked_at:
            self._show_known()
