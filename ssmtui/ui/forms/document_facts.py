"""What a session document is for and what it does to a session, on a few lines whose number does not change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from ssmtui import inert
from ssmtui.documents.facts import INTERACTIVE, NON_INTERACTIVE, PORT, STANDARD, badges
from ssmtui.errors import AccessDenied, SsmtuiError
from ssmtui.model import DocumentSummary, Platform, SessionDocument
from ssmtui.ui.look.palette import paint
from ssmtui.ui.look.pieces import Piece, length
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import wrap

LINES = 3
DESCRIPTION_LINES = 2
SEPARATOR = " · "

KINDS = {STANDARD: "shell", INTERACTIVE: "command", NON_INTERACTIVE: "command", PORT: "port"}
"""Session types in words; an unknown one is shown as a badge."""


def owner(summary: DocumentSummary, account: str) -> str:
    """Whose document it is: ``AWS``, ``own``, or an account's id."""
    if summary.is_aws:
        return "AWS"
    return "own" if summary.owner == account else inert.line(summary.owner, 12)


class DocumentFacts(Widget):
    """Description, then kind, platforms and badges."""

    DEFAULT_CSS = f"""
    DocumentFacts {{ height: {LINES}; }}
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text: tuple[str, Tone] = ("", Tone.DIM)
        self._facts: list[Piece] = []

    def say(self, text: str, tone: Tone = Tone.DIM, facts: Iterable[Piece] = ()) -> None:
        """Show ``text``, wrapped, and ``facts`` under it."""
        shown = ((inert.line(text, 600), tone), list(facts))
        if shown != (self._text, self._facts):
            self._text, self._facts = shown
            self.refresh()

    def show(self, document: SessionDocument, platform: Platform = Platform.UNKNOWN) -> None:
        """Show a document's, on a node of ``platform``."""
        self.say(document.description or "no description", Tone.DIM, facts_of(document, platform))

    def show_error(self, error: SsmtuiError, meaning: str) -> None:
        """Say why a document cannot be read, and what that means."""
        why = f"{error.brief}." if isinstance(error, AccessDenied) else f"{error.title}: {error.detail}"
        self.say(why, Tone.WARN, [Piece(meaning, Tone.DIM)])

    @property
    def lines(self) -> Sequence[Sequence[Piece]]:
        """What is drawn at the present width."""
        text, tone = self._text
        described = [[Piece(line, tone)] for line in wrap(text, self.size.width, DESCRIPTION_LINES)]
        return [*described, *_flow(self._facts, self.size.width)][:LINES]

    def render_line(self, y: int) -> Strip:
        """One of them."""
        width, blank, lines = self.size.width, paint(self), self.lines
        pieces = lines[y] if y < len(lines) else ()
        return Strip([Segment(piece.text, paint(self, piece.tone)) for piece in pieces]).adjust_cell_length(
            width, blank
        )


def facts_of(document: SessionDocument, platform: Platform = Platform.UNKNOWN) -> list[Piece]:
    """Kind, platforms and badges; before them that the document is not for ``platform``."""
    misfits = platform is not Platform.UNKNOWN and document.platforms and platform not in document.platforms
    misfit = [Piece(f"not for {platform.value}", Tone.WARN)] if misfits else []
    kind = KINDS.get(document.session_type, "")
    systems = " ".join(platform.value for platform in document.platforms)
    plain = [Piece(text, Tone.PLAIN) for text in (kind, systems) if text]
    return (
        misfit
        + plain
        + [Piece(badge.text, Tone.WARN if badge.is_warning else Tone.ACCENT) for badge in badges(document)]
    )


def _flow(facts: Iterable[Piece], width: int) -> list[list[Piece]]:
    """``facts`` on as many lines as they take, none of them broken."""
    lines: list[list[Piece]] = []
    for fact in facts:
        joined = [*lines[-1], Piece(SEPARATOR, Tone.FAINT), fact] if lines else [fact]
        if lines and length(joined) <= width:
            lines[-1] = joined
        else:
            lines.append([fact])
    return lines
