"""What the screen says of a broadcast: its banner, and what has become of its members. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.cells import cell_len

from ssmtui import inert
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.panes import words as session_words
from ssmtui.ui.panes.broadcast import Absence, Broadcast, DroppedMember

NAMED = 3
"""Sessions that a message names."""
ACCOUNT = 24
"""Characters of an account's name."""


def account(session: SessionSnapshot, aliases: Mapping[str, str]) -> str:
    """What to call the account of ``session``: its alias by ``aliases``, its id, or the AWS profile; else nothing."""
    node, scope = session.node, session.request.scope
    number = node.account if node is not None else ""
    name = aliases.get(number) or number or (scope.aws_profile if scope is not None else "") or ""
    return inert.line(name, ACCOUNT)


def badge(broadcast: Broadcast) -> str:
    """In a word, for the line of tabs; nothing while it is off."""
    return f"BROADCAST {len(broadcast.present)}" if broadcast.is_on else ""


def banner(
    broadcast: Broadcast,
    sessions: Mapping[int, SessionSnapshot],
    shown: int | None,
    aliases: Mapping[str, str],
    width: int,
) -> Cell:
    """What a key typed now does, in ``width`` cells: into how many sessions of which accounts it goes, and how many of
    them are guarded; or that the session ``shown`` is none of them. ``sessions`` has all members."""
    present = [sessions[key] for key in broadcast.present if key in sessions]
    member = broadcast.members.get(shown) if shown is not None else None
    if member is not None and member.absence is not None:
        return Cell(_cut(f"NOT BROADCAST: {member.absence.value}", width), Tone.NOTICE)
    if shown is not None and member is None:
        return Cell(_cut(f"NOT IN THE BROADCAST TO {len(present)}", width), Tone.NOTICE)
    out = len(broadcast.members) - len(present)
    guarded = sum(bool(session.request.options.guarded) for session in present)
    parts = [f"BROADCAST TO {len(present)}"]
    parts += [f"{guarded} guarded"] if guarded else []
    parts += [f"{out} left out"] if out else []
    differ = len(broadcast.differing)
    parts += [f"{differ} {'differs' if differ == 1 else 'differ'}"] if differ else []
    accounts = [name for name, _ in Counter(account(session, aliases) for session in present).most_common() if name]
    for named in range(len(accounts), -1, -1):
        more = f"{words.count(len(accounts) - named, 'account')}" if named < len(accounts) else ""
        shorter = f"+{len(accounts) - named}" if named and more else more
        text = " · ".join([*parts, *filter(None, [", ".join([*accounts[:named], *filter(None, [shorter])])])])
        if cell_len(text) <= width:
            return Cell(text, Tone.DANGER)
    return Cell(_cut(" · ".join(parts), width), Tone.DANGER)


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else words.fit(text, max(0, width))


def begun(broadcast: Broadcast, sessions: Mapping[int, SessionSnapshot], adds: str) -> str:
    """What to say once members were added; ``adds`` is what is typed to add another pane."""
    present = broadcast.present
    if len(broadcast.members) == 1:
        name = _names(list(broadcast.members), sessions)
        how = f"{adds} in another pane, or :broadcast with a filter or `all`," if adds else ":broadcast with a filter"
        return f"Only {name} takes part so far: {how} adds to it"
    said = f"What you type goes to {words.count(len(present), 'session')} at once. Esc Esc ends that."
    out = [key for key in broadcast.members if key not in present]
    return f"{said} {_left_out(broadcast, out, sessions)}".rstrip()


def _left_out(broadcast: Broadcast, out: Sequence[int], sessions: Mapping[int, SessionSnapshot]) -> str:
    return dropped([DroppedMember(key, broadcast.members[key].absence or Absence.NOT_OPEN) for key in out], sessions)


def dropped(found: Sequence[DroppedMember], sessions: Mapping[int, SessionSnapshot], answers: str = "") -> str:
    """Which members get nothing from now on, and why: a sentence for each reason. ``answers`` is what is typed to send
    a password to those that ask for one."""
    sentences = []
    ordered = sorted(found, key=lambda one: one.absence.value)
    for absence, group in groupby(ordered, key=lambda one: one.absence):
        keys = [one.session for one in group]
        if absence is Absence.ENDED:
            names = _names(keys, sessions)
            sentences.append(f"{names} {'has' if len(keys) == 1 else 'have'} ended and left the broadcast.")
        else:
            gets = "gets" if len(keys) == 1 else "get"
            sentences.append(f"{_names(keys, sessions)} {gets} nothing of the broadcast: {absence.value}.")
            if absence is Absence.PASSWORD and answers:
                sentences.append(f"{answers} sends one to all that ask.")
    return " ".join(sentences)


def _names(keys: Sequence[int], sessions: Mapping[int, SessionSnapshot]) -> str:
    # One that was removed a moment ago has no name any more.
    known = [session_words.node_name(sessions[key]) for key in keys if key in sessions]
    if not known:
        return words.count(len(keys), "session")
    named = ", ".join(tidy(name, 30) for name in known[:NAMED])
    return f"{named}{words.and_more(len(keys) - min(len(known), NAMED))}"
