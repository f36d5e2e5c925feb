"""The listed accounts in words: how far each is, which columns tell them apart. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from ssmtui.inventory.states import ScopePhase, ScopeState
from ssmtui.model import Scope
from ssmtui.ui.accounts.causes import LISTING, causes
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone

NAMED = 2
"""AWS profiles that are named where several have the same trouble; the others are counted."""

TROUBLES = {
    ScopePhase.DENIED: "denied",
    ScopePhase.THROTTLED: "throttled",
    ScopePhase.SIGNED_OUT: "signed out",
    ScopePhase.NOT_ENABLED: "not enabled",
    ScopePhase.FAILED: "failed",
}


def scope_name(scope: Scope) -> str:
    """An account as people call it: ``prod eu-west-1``."""
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


def status(state: ScopeState, now: float) -> Cell:
    """How far a scope is, in a few words: ``1,204 nodes, 2 min ago``, ``loading 400…``, ``denied``. ``now``: epoch
    seconds."""
    if state.phase is ScopePhase.WAITING:
        return Cell("waiting", Tone.DIM)
    if state.phase is ScopePhase.LOADING:
        return Cell(f"loading {state.listed:,}…" if state.listed else "loading…", Tone.ACCENT)
    age = words.age(now - state.refreshed_at) if state.refreshed_at is not None else ""
    if trouble := TROUBLES.get(state.phase):
        kept = f" ({state.nodes:,}, {age} old)" if state.nodes and age else f" ({state.nodes:,})" if state.nodes else ""
        return Cell(trouble + kept, Tone.BAD)
    number = f"{state.nodes:,}"
    if state.phase is ScopePhase.STALE:
        return Cell(f"{number} from {age} ago" if age else f"{number} stale", Tone.WARN)
    partly = ", not all could be read" if state.problems else ""
    told = f"{words.count(state.nodes, 'node')}, {age} ago{partly}"
    return Cell(told, Tone.WARN if partly else Tone.DIM)


def _briefly(state: ScopeState, now: float) -> Cell:
    """``status`` without what the line above the table says of all nodes."""
    if state.phase is not ScopePhase.COMPLETE:
        return status(state, now)
    partly = " partly" if state.problems else ""
    return Cell(f"{state.nodes:,}{partly}", Tone.WARN if partly else Tone.DIM)


def worst_first(states: Iterable[ScopeState]) -> list[ScopeState]:
    """Scopes with trouble before the others."""
    return sorted(states, key=lambda state: (not is_trouble(state), state.phase is ScopePhase.COMPLETE))


def is_trouble(state: ScopeState) -> bool:
    """Whether there is something to read about the scope."""
    return state.error is not None or state.phase in TROUBLES


def summary(states: Sequence[ScopeState], now: float, width: int) -> list[Cell]:
    """All accounts on one line of ``width`` cells: first what is wrong, each cause once, then the others, and how many
    have no room."""
    line = [Cell(f" {words.count(len(states), 'account')}", Tone.STRONG)]
    room = width - len(line[0].text)
    rest = len(states)
    for alike in _gathered(states):
        name, told = names(alike), _together(alike, now)
        taken = cell_len(name) + len(told.text) + len(" ·  ")
        after = rest - len(alike)
        if taken + (len(f" · {after} more") if after else 0) > room:
            more = f" · {rest} more"
            line += [Cell(more, Tone.DIM)] if len(more) <= room else []
            break
        line += [Cell(" · ", Tone.FAINT), Cell(f"{name} "), told]
        room -= taken
        rest = after
    return line


def _gathered(states: Sequence[ScopeState]) -> list[Sequence[ScopeState]]:
    """Accounts that need one message: those that the same thing is wrong with, then each of the others."""
    wrong = [cause.states for cause in causes(states, TROUBLES) if cause.source == LISTING]
    told = {state.scope for alike in wrong for state in alike}
    others = sorted((state for state in states if state.scope not in told), key=_is_complete)
    return [*wrong, *([state] for state in others)]


def _is_complete(state: ScopeState) -> bool:
    return state.phase is ScopePhase.COMPLETE


def _together(alike: Sequence[ScopeState], now: float) -> Cell:
    """How far accounts are that need one message."""
    if len(alike) == 1 or alike[0].phase not in TROUBLES:
        return _briefly(alike[0], now)
    kept = sum(state.nodes for state in alike)
    return Cell(TROUBLES[alike[0].phase] + (f" ({kept:,})" if kept else ""), Tone.BAD)


def names(alike: Sequence[ScopeState]) -> str:
    """Several accounts, briefly: ``prod eu-west-1``, ``prod 3 regions``, ``prod, dev``, ``prod, dev and 5 more``."""
    if len(alike) == 1:
        return scope_name(alike[0].scope)
    profiles = list(dict.fromkeys(tidy(state.scope.aws_profile or "default credentials", 30) for state in alike))
    if len(profiles) == 1:
        return f"{profiles[0]} {words.count(len(alike), 'region')}"
    return ", ".join(profiles[:NAMED]) + words.and_more(len(profiles) - NAMED)
