"""What a tile says of its session, and how much of the output it has room for. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from ssmtui import inert
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.screen import FrameRow, Run
from ssmtui.ui.look.cells import Cell, error_lines, fit, tidy
from ssmtui.ui.look.pieces import FRAME_TONES, Piece, icon_words, length, longest_fit
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import wrap
from ssmtui.ui.overview.listing import Listed
from ssmtui.ui.panes import words as session_words

NAME_ROOM = 24
"""Cells that a long name has before any fact beside it but the state."""
OPEN = len(" open ")
NAME_LEAST = 8
"""Cells of a name that are worth more than any fact."""


class Face(NamedTuple):
    """All that a tile says of its session; it is drawn anew only when this changes."""

    title: list[Piece]
    said: list[Cell]


def face(listed: Listed, mark: Cell, width: int, height: int) -> Face:
    """The face of a tile with ``width`` cells and ``height`` lines for the output."""
    # How long the way to the node is changes all the time, and is for the tab of the one that is typed into.
    session = replace(listed.session, round_trip=None)
    return Face(title(session, mark, width, listed.part), said(session, width - 2, height))


def title(session: SessionSnapshot, mark: Cell, width: int, part: Cell | None = None) -> list[Piece]:
    """The first line of a tile, exactly ``width`` cells wide: what the session needs, its name, how it goes, its part
    in the broadcast."""
    head = [Piece(f" {mark.text} ", mark.tone)]
    name = icon_words(session.request.options.icon) + tidy(session.title)
    room = width - length(head)
    badges = [Piece(f" {part.text} ", part.tone)] if part is not None else []
    if guarded := session_words.guarded(session, 0):
        badges.append(Piece(f" {guarded} ", Tone.DANGER))
    facts = _facts(session, cell_len(name), room - length(badges))
    variants = [[*(Piece(f" {fact.text} ", fact.tone) for fact in facts), *badges], badges, badges[:1], []]
    right = longest_fit(variants, max(0, room - NAME_LEAST))
    tone = FRAME_TONES.get(session_words.frame_of(session), Tone.STRONG)
    return [*head, Piece(fit(name, max(0, room - length(right))), tone), *right]


def _facts(session: SessionSnapshot, name: int, room: int) -> list[Cell]:
    """How the session goes, beside a name of so many cells. That it is open is said only where there is nothing else to
    say, and what waits for somebody is worth more than the end of a long name."""
    waits = (doing := session_words.doing(session)) is not None and doing.tone is not Tone.DIM
    name_room = session_words.NAME_ROOM if waits else max(session_words.NAME_ROOM, min(name + 1, NAME_ROOM))
    is_open = session.state is SessionState.OPEN
    facts = session_words.facts(session, width=room + OPEN * is_open, name_room=name_room)
    # In a narrow line it may have given way already.
    return facts[:-1] if is_open and len(facts) > 1 and facts[-1].text == session.state.value else facts


def said(session: SessionSnapshot, width: int, height: int) -> list[Cell]:
    """What there is to say below the output, in at most ``height`` lines: why nothing moves, how far a start has come,
    how the session ended. The most telling lines are first."""
    if not session.live:
        lines = [Cell(line, tone) for text, tone in session_words.ending(session) for line in wrap(text, width, height)]
        if session.error is not None:
            lines += error_lines(session.error, width)
    elif progress := [line for line in session_words.progress(session) if line.text]:
        # The last line is about typing, which reaches no session from here.
        lines = [Cell(line.text.strip(), line.tone) for line in progress[: -1 if session.accepts_input else None]]
    elif session.notice or session.state.cut_off:
        text = inert.line(session.notice, 400) or session_words.cut_off(session).strip()
        lines = [Cell(line, Tone.WARN) for line in wrap(text, width, height)]
    else:
        lines = []
    return lines[: max(0, height)]


def cropped(row: FrameRow, width: int) -> FrameRow:
    """The first ``width`` cells of a line."""
    kept: list[Run] = []
    room = width
    for run in row:
        if run.cells <= room:
            kept.append(run)
            room -= run.cells
            continue
        if room > 0:
            as_counted = run.text if cell_len(run.text) == run.cells else set_cell_size(run.text, run.cells)
            kept.append(Run(set_cell_size(as_counted, room), room, run.style))
        break
    return tuple(kept)
