"""What is said around the sessions, in place of them, and before they are ended. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.inventory.session_board import HISTORY_DAYS, BoardState, listing_problem
from ssmtui.inventory.session_rows import SessionRow, SessionWhere, word_to_end
from ssmtui.inventory.states import ScopePhase
from ssmtui.ui.accounts.words import scope_name
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.pieces import Piece
from ssmtui.ui.look.tones import Tone

_SETTLED = frozenset({ScopePhase.COMPLETE, ScopePhase.STALE})
_AGAIN = Cell("r  try again", Tone.ACCENT)
NAMED = 6
"""Sessions that a question names."""


class TimeSpan(Enum):
    """Which sessions are shown; the value is what the screen calls them."""

    RUNNING = "running now"
    PAST = f"that ended in the last {HISTORY_DAYS} days"


def heading(side: TimeSpan, node: str) -> list[Piece]:
    """Which sessions these are: of all nodes, or of the one that is called ``node``."""
    if node:
        told = f"on {tidy(node, 40)}, running or ended in the last {HISTORY_DAYS} days"
        return [Piece(" Sessions ", Tone.STRONG), Piece(told, Tone.ACCENT), Piece("   esc  all nodes", Tone.DIM)]
    other = "h  the last 30 days" if side is TimeSpan.RUNNING else "h  those running now"
    tone = Tone.PLAIN if side is TimeSpan.RUNNING else Tone.ACCENT
    return [Piece(" Sessions ", Tone.STRONG), Piece(side.value, tone), Piece(f"   {other}", Tone.DIM)]


def counts(
    states: Sequence[BoardState], number: str, marked: int, now: float, *, stopped: bool = False
) -> list[list[Piece]]:
    """How many sessions there are and are marked, and how old that is, from the fullest form to the tersest. ``now`` is
    in epoch seconds; ``stopped``: the filter was stopped before it had looked at every session."""
    head = [Piece(f" {number} ", Tone.STRONG)] if number else []
    if stopped:
        head.append(Piece(" incomplete: the filter was stopped ", Tone.BAD))
    marks = [Piece(f" {marked:,} marked ", Tone.ACCENT)] if marked else []
    ages = [state.refreshed_at for state in states if state.refreshed_at is not None]
    rest: list[Piece] = []
    if ages:
        doubtful = any(state.error is not None for state in states)
        rest.append(Piece(f" {words.ago(now - min(ages))} ", Tone.WARN if doubtful else Tone.DIM))
    loading = [state for state in states if state.phase is ScopePhase.LOADING]
    if loading:
        listed = sum(state.listed for state in loading)
        rest.append(Piece(f" listing… {listed:,} " if listed else " listing… ", Tone.DIM))
    return [[*head, *marks, *rest], [*head, *marks, *rest[:1]], [*head, *marks], head or marks]


def trouble(states: Sequence[BoardState]) -> str:
    """One sentence on what is missing from the list, and what to do; empty where nothing is."""
    missing = [(state, problem) for state in states if (problem := listing_problem(state)) is not None]
    if not missing:
        return ""
    state, problem = missing[0]
    where = f"{scope_name(state.scope)}: " if len(states) > 1 else ""
    more = f" ({words.count(len(missing) - 1, 'other account')} too)" if len(missing) > 1 else ""
    return sentence(problem, where, more)


def sentence(problem: SsmtuiError, where: str = "", more: str = "") -> str:
    """What went wrong, and what to do."""
    return inert.line(f"{where}{problem.title}{more}. {problem.remedy or problem.detail}", 400)


def nothing(
    states: Sequence[BoardState],
    side: TimeSpan,
    *,
    node: str,
    loading: bool,
    filtered: bool,
    failed: bool = False,
    stopped: bool = False,
) -> Sequence[Cell]:
    """What an empty table says. ``loading``: the sessions of the one ``node`` are still being listed; ``failed``: they
    could not be."""
    if stopped:
        return [
            Cell("The filter was stopped before it had looked at every session", Tone.BAD),
            Cell("/  change it     esc  clear it", Tone.DIM),
        ]
    if filtered:
        return [Cell("No session matches the filter"), Cell("esc  clears it", Tone.DIM)]
    if node:
        if loading:
            return [Cell(f"Listing the sessions on {tidy(node, 40)} …", Tone.DIM)]
        if failed:
            return [Cell(f"The sessions on {tidy(node, 40)} cannot be listed", Tone.BAD), _AGAIN]
        return [Cell(f"Nobody was on {tidy(node, 40)} in the last {HISTORY_DAYS} days", Tone.STRONG)]
    if states and all(state.phase not in (ScopePhase.WAITING, ScopePhase.LOADING) for state in states):
        if not any(state.phase in _SETTLED for state in states):
            return [Cell("The sessions cannot be listed", Tone.BAD), _AGAIN]
        if side is TimeSpan.RUNNING:
            return [Cell("Nobody has a session open", Tone.STRONG), Cell("h  those of the last 30 days", Tone.ACCENT)]
        return [Cell(f"No session has ended in the last {HISTORY_DAYS} days", Tone.STRONG)]
    return [Cell("Listing the sessions …", Tone.DIM)]


def named(row: SessionRow) -> str:
    """A session in a line: whose it is, and where."""
    who = "yours" if row.mine else tidy(row.owner, 40) or "of somebody unknown"
    return f"{who} on {tidy(row.node_label, 40)}"


def question(rows: Sequence[SessionRow]) -> str:
    """Whether to end these."""
    if len(rows) == 1:
        whose = "your session" if rows[0].mine else f"the session of {tidy(rows[0].owner, 40) or 'somebody else'}"
        return f"End {whose} on {tidy(rows[0].node_label, 40)}?"
    others = sum(not row.mine for row in rows)
    whose = f", {others if others < len(rows) else 'all'} of them somebody else's" if others else ""
    return f"End {words.count(len(rows), 'session')}{whose}?"


def consequences(rows: Sequence[SessionRow]) -> list[str]:
    """What is ended, one a line, and what that does."""
    if len(rows) == 1:
        return [f"  {_told(rows[0])}", f"  {tidy(rows[0].id, 70)}", "What runs in it is ended too."]
    return [*words.indented(rows, NAMED, _told), "What runs in them is ended too."]


def _told(row: SessionRow) -> str:
    holder = {
        SessionWhere.HERE: ", open in this app",
        SessionWhere.OTHER: ", open in another ssmtui",
        SessionWhere.DETACHED: ", detached",
        SessionWhere.FOREIGN: "",
    }[row.where]
    return f"{named(row)}{holder}"


def wanted(rows: Sequence[SessionRow]) -> tuple[str, str]:
    """What has to be typed before sessions of others are ended, and how that is asked for. Both are empty where all are
    the person's own."""
    others = [row for row in rows if not row.mine]
    if not others:
        return "", ""
    word = word_to_end(others)
    if word != str(len(others)):
        return word, f"Type {word}, whose {'session it is' if len(others) == 1 else 'sessions they are'}"
    if len(others) == 1:
        return word, f"Type {word} to end it"
    return word, f"Type {word}, the number of sessions that are somebody else's"
