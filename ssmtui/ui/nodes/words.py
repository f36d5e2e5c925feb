"""The texts around the rows, and in place of them. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ssmtui.errors import CredentialsError, SsmtuiError
from ssmtui.inventory.states import ScopePhase, ScopeState
from ssmtui.ui.accounts.words import is_trouble
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, error_lines, tidy
from ssmtui.ui.look.pieces import Piece
from ssmtui.ui.look.tones import Tone

_SETTLED = frozenset({ScopePhase.COMPLETE, ScopePhase.STALE})


def counts(
    states: Sequence[ScopeState], number: str, marked: int, now: float, *, stopped: bool = False
) -> list[list[Piece]]:
    """How many nodes there are and are marked, and how old that is, from the fullest form to the tersest.

    ``now`` is in epoch seconds. ``stopped``: the filter was stopped before it had looked at every node, which even the
    tersest form says.
    """
    head = [Piece(f" {number} ", Tone.STRONG)] if number else []
    if stopped:
        head.append(Piece(" incomplete: the filter was stopped ", Tone.BAD))
    marks = [Piece(f" {marked:,} marked ", Tone.ACCENT)] if marked else []
    loading = [state for state in states if state.phase is ScopePhase.LOADING]
    ages = [state.refreshed_at for state in states if state.refreshed_at is not None]
    rest: list[Piece] = []
    if ages:
        doubtful = any(is_trouble(state) or state.from_cache for state in states)
        rest.append(Piece(f" {words.ago(now - min(ages))} ", Tone.WARN if doubtful else Tone.DIM))
    if loading:
        listed = sum(state.listed for state in loading)
        rest.append(Piece(f" listing… {listed:,} " if listed else " listing… ", Tone.DIM))
    return [[*head, *marks, *rest], [*head, *marks, *rest[:1]], [*head, *marks], head or marks]


def nothing(
    states: Sequence[ScopeState],
    failure: SsmtuiError | None,
    *,
    progress: str,
    region: str,
    filtered: bool,
    width: int,
    stopped: bool = False,
    ways: Sequence[Cell] = (),
    key_of: Callable[[str], str],
) -> Sequence[Cell]:
    """What an empty table says. ``ways`` is what can be done after a ``failure``; ``key_of`` gives a command's key,
    empty where it has none."""
    error = failure or next((state.error for state in states if state.error is not None), None)
    if stopped:
        return [
            Cell("The filter was stopped before it had looked at every node", Tone.BAD),
            Cell("/  change it     esc  clear it", Tone.DIM),
        ]
    if filtered:
        return [Cell("No node matches the filter"), Cell("esc  clears it", Tone.DIM)]
    if error is not None:
        if failure is None:
            offered = [("refresh", "try again"), ("accounts", "other accounts")]
            if isinstance(error, CredentialsError):
                first = [("sign-in", "sign in")] if error.sign_in is not None else []
                offered = [*first, *offered, ("setup", "how access is set up")]
            ways = [_offer(offered, key_of)]
        return [*error_lines(error, width), Cell(""), *ways]
    where = f" in {tidy(region, 40)}" if region and len(states) < 2 else ""
    if not states or any(state.phase not in _SETTLED for state in states):
        return [Cell(tidy(progress, 70) or f"Listing the nodes{where} …", Tone.DIM)]
    return [
        Cell(f"No managed nodes{where}", Tone.STRONG),
        Cell(""),
        Cell("A machine appears here once its SSM agent runs, with an instance profile", Tone.DIM),
        Cell("(or an activation) that lets it reach Systems Manager.", Tone.DIM),
        Cell(""),
        _offer([("accounts", "other accounts")], key_of),
    ]


def _offer(offered: Sequence[tuple[str, str]], key_of: Callable[[str], str]) -> Cell:
    """Commands by name, each with its key and what it does; those without a key are left out."""
    return Cell("     ".join(f"{key}  {told}" for name, told in offered if (key := key_of(name))), Tone.ACCENT)
