"""The chosen scopes in words: how far each is, which columns tell them apart. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len

from ssmtui.inventory.states import ScopePhase, ScopeState
from ssmtui.model import Scope
from ssmtui.ui import words
from ssmtui.ui.cells import Cell, tidy
from ssmtui.ui.tones import Tone

_TROUBLES = {
    ScopePhase.DENIED: "denied",
    ScopePhase.THROTTLED: "throttled",
    ScopePhase.SIGNED_OUT: "signed out",
    ScopePhase.FAILED: "failed",
}


def scope_name(scope: Scope) -> str:
    """A scope as people call it: ``prod eu-west-1``."""
    profile = scope.aws_profile or "default credentials"
    return f"{tidy(profile, 30)} {tidy(scope.region, 20)}" + (" organization" if scope.organization else "")


def differing(states: Iterable[ScopeState]) -> frozenset[str]:
    """The columns that tell the nodes of these scopes apart."""
    known = list(states)
    found: set[str] = set()
    if len({state.scope.region for state in known}) > 1:
        found.add("region")
    if len({state.scope.aws_profile for state in known}) > 1:
        found.add("account")
        accounts = {state.identity.account: state.scope.aws_profile for state in known if state.identity}
        if any(state.identity and accounts[state.identity.account] != state.scope.aws_profile for state in known):
            # Two AWS profiles of one account: its name does not tell them apart.
            found.add("profile")
    if any(state.scope.organization for state in known):
        found |= {"account", "region"}
    return frozenset(found)


def aliases(states: Iterable[ScopeState]) -> Mapping[str, str]:
    """Account aliases by account id."""
    return {state.identity.account: state.alias for state in states if state.identity and state.alias}


def status(state: ScopeState, now: float) -> Cell:
    """How far a scope is, in a few words: ``1,204  2 min``, ``loading 400…``, ``denied``. ``now``: epoch seconds."""
    if state.phase is ScopePhase.WAITING:
        return Cell("waiting", Tone.DIM)
    if state.phase is ScopePhase.LOADING:
        return Cell(f"loading {state.listed:,}…" if state.listed else "loading…", Tone.ACCENT)
    age = words.age(now - state.refreshed_at) if state.refreshed_at is not None else ""
    if trouble := _TROUBLES.get(state.phase):
        kept = f" ({state.nodes:,}, {age} old)" if state.nodes and age else f" ({state.nodes:,})" if state.nodes else ""
        return Cell(trouble + kept, Tone.BAD)
    number = f"{state.nodes:,}"
    if state.phase is ScopePhase.STALE:
        return Cell(f"{number} from {age} ago" if age else f"{number} stale", Tone.WARN)
    partly = " partly" if state.problems else ""
    return Cell(f"{number} {age}{partly}", Tone.WARN if partly else Tone.DIM)


def worst_first(states: Iterable[ScopeState]) -> list[ScopeState]:
    """Scopes with trouble before the others."""
    return sorted(states, key=lambda state: (not is_trouble(state), state.phase is ScopePhase.COMPLETE))


def is_trouble(state: ScopeState) -> bool:
    """Whether there is something to read about the scope."""
    return state.error is not None or state.phase in _TROUBLES


def summary(states: Sequence[ScopeState], now: float, width: int) -> list[Cell]:
    """All scopes on one line of ``width`` cells: those with trouble first, and how many have no room."""
    line = [Cell(f" {words.count(len(states), 'scope')}", Tone.STRONG)]
    room = width - len(line[0].text)
    ordered = worst_first(states)
    for place, state in enumerate(ordered):
        name, told = scope_name(state.scope), status(state, now)
        rest = len(ordered) - place
        taken = cell_len(name) + len(told.text) + len(" ·  ")
        if taken + (len(f" · {rest - 1} more") if rest > 1 else 0) > room:
            line.append(Cell(f" · {rest} more", Tone.DIM))
            break
        line += [Cell(" · ", Tone.FAINT), Cell(f"{name} "), told]
        room -= taken
    return line
