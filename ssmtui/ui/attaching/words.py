"""What is said of sessions that still live: a line each, and what is known of the chosen one. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ssmtui import inert, matching
from ssmtui.ledger.record import Phase
from ssmtui.model import DEFAULT_SHELL
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.start.survivors import Survivor

MINUTE = 60


def heading(survivors: Sequence[Survivor]) -> str:
    """What they are: left alive on purpose, or by a run that was cut short."""
    number = words.count(len(survivors), "session")
    be = "is" if len(survivors) == 1 else "are"
    if all(each.is_kept or each.record.phase is Phase.DETACHED for each in survivors):
        return f"{number} that you left alive"
    return f"{number} of an earlier run {be} still alive"


def facts(survivor: Survivor, now: datetime, *, is_revived: bool = False) -> list[Cell]:
    """What is known of one of them, a cell a line; its refusal or doubt is the last. ``is_revived``: it is a port
    session whose tunnel is opened again."""
    record, (request, _) = survivor.record, survivor.launch
    where = [request.scope.aws_profile or "default credentials", request.scope.region] if request.scope else []
    document = "" if request.document_name in (None, "", DEFAULT_SHELL) else request.document_name or ""
    told = [*where, document, request.reason or "", record.session_id]
    lines = [Cell(" · ".join(tidy(fact, 60) for fact in told if fact), Tone.DIM), Cell(_times(survivor, now), Tone.DIM)]
    if request.options.guarded:
        lines.append(Cell(f"guarded: {tidy(request.options.guarded, 60)}", Tone.BAD))
    if is_revived:
        lines.append(Cell("Its tunnel is opened again, in a new session; this one is ended.", Tone.GOOD))
    elif survivor.refusal is not None:
        lines.append(Cell(f"It cannot be taken over: {inert.line(survivor.refusal.detail, 200)}.", Tone.WARN))
    elif survivor.doubt:
        lines.append(Cell(f"Whether it still lives is not known: {survivor.doubt}.", Tone.WARN))
    return lines


def _times(survivor: Survivor, now: datetime) -> str:
    record = survivor.record
    if survivor.is_kept:
        return f"started {_when(record.started, now)} · `ssmtui keep` has it, with all that it prints"
    left = "left alive" if record.phase is Phase.DETACHED else "cut off after"
    told = f"started {_when(record.started, now)} · {left} {_when(record.seen, now)}"
    if record.idle_limit is not None:
        told += f" · ends after {record.idle_limit / MINUTE:.0f} min without input"
    return told


def _when(moment: float, now: datetime) -> str:
    try:
        at = datetime.fromtimestamp(moment, now.tzinfo).astimezone()
    except (ValueError, OverflowError, OSError):  # a file that anybody may have written, or a clock that jumped
        return "at a time that is not known"
    return f"{at:%H:%M}" if at.date() == now.astimezone().date() else f"{at:%d %b %H:%M}"


def age(survivor: Survivor, now: datetime) -> str:
    """How long ago it was started, in a few characters."""
    return words.age(now.timestamp() - survivor.record.started)


def sentence(survivors: Sequence[Survivor], key: str) -> str:
    """The same as a message, where no question is asked; ``key`` brings them back."""
    one = len(survivors) == 1
    named = ", ".join(tidy(each.name, 30) for each in survivors[:3]) + words.and_more(len(survivors) - 3)
    return f"{heading(survivors)}: {named}. {key} brings {'it' if one else 'them'} back"


def wanted(names: Sequence[str], survivors: Sequence[Survivor]) -> tuple[list[int], list[str]]:
    """The places of those that ``names`` mean, each once, and the names that mean none.

    A name is the id of a session, the name of a tab or of a node, or its id; capitals do not matter. What is none of
    them is looked for as the words of a saved connection are, where that finds one.
    """
    places: list[int] = []
    missing = []
    for name in names:
        found = _exact(name, survivors) or _like(name, survivors)
        places += [place for place in found if place not in places]
        if not found:
            missing.append(name)
    return places, missing


def _exact(name: str, survivors: Sequence[Survivor]) -> list[int]:
    for facts_of in (_ids, _names):
        found = [place for place, each in enumerate(survivors) if name.casefold() in facts_of(each)]
        if found:
            return found
    return []


def _like(name: str, survivors: Sequence[Survivor]) -> list[int]:
    asked = matching.words(name)
    found = [
        place
        for place, each in enumerate(survivors)
        if asked and matching.matches(asked, matching.searched(each.name, [each.record.node_name]))
    ]
    return found if len(found) == 1 else []


def _ids(survivor: Survivor) -> set[str]:
    return {survivor.record.session_id.casefold(), survivor.record.id} - {""}


def _names(survivor: Survivor) -> set[str]:
    told = (survivor.name, survivor.record.node_name, survivor.launch.label, survivor.launch.request.target)
    return {text.casefold() for text in told if text}
