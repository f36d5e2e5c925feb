"""The rows of the account picker in words and columns. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ssmtui.errors import CredentialsError
from ssmtui.inventory.states import ScopePhase, ScopeState
from ssmtui.model import CredentialFacts
from ssmtui.ui.accounts.choice import AccountChoice, AccountRow, called
from ssmtui.ui.accounts.words import TROUBLES, status
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, fit, tidy
from ssmtui.ui.look.tones import Tone

TICK = 3
"""Cells that the tick takes."""
SOON = 600.0
"""Seconds before their end from which credentials are pointed out."""
ENDLESS = 7 * words.DAY
"""Seconds from which an end is too far away to be said."""


class AccountColumns(NamedTuple):
    """Widths in cells; 0: there is no room for it."""

    profile: int
    region: int
    account: int
    credentials: int
    state: int


def columns(width: int) -> AccountColumns:
    """What fits into ``width`` cells beside the tick. The account's alias gets what is left over first."""
    left = width - TICK
    region, state, account, credentials = 14, 12, 12, 11
    if left < 17 + 15 + 13 + 13 + 12:
        credentials = 0
    if left < 17 + 15 + 13 + 13:
        account = 0
    if left < 16 + 15 + 13:
        state = 0
    if left < 10 + 15:
        region = 0
    taken = sum(one + 1 for one in (region, account, credentials, state) if one)
    profile = max(0, left - taken)
    if account and profile > 20:
        more = min(16, profile - 20)
        account, profile = account + more, profile - more
    return AccountColumns(profile, region, account, credentials, state)


HEADS = ("AWS PROFILE", "REGION", "ACCOUNT", "CREDENTIALS", "NODES")


def heading(widths: AccountColumns) -> str:
    """The heads of the columns, over a list of rows."""
    cells = (fit(head, width) for head, width in zip(HEADS, widths, strict=True) if width)
    return " " * TICK + " ".join(cells)


def cells(
    choice: AccountChoice, row: AccountRow, state: ScopeState | None, widths: AccountColumns, now: float
) -> list[Cell]:
    """A row without its tick. ``state``: how its listing is, None where it is not listed; ``now``: epoch seconds."""
    name = row.aws_profile
    identity, alias = choice.account(name), choice.of(name).alias
    both = f"{identity} {alias}".strip()
    organization = " org" if row in choice.organizations else ""
    region = Cell(tidy(row.region, 20) + organization) if row.region else Cell("no region", Tone.WARN)
    shown = (
        Cell(tidy(called(name), 60)),
        region,
        Cell(tidy(both if len(both) <= widths.account else identity or both, 60), Tone.DIM),
        credentials(choice.kind(name), choice.of(name).credentials, now, widths.credentials),
        row_state(choice, row, state, now),
    )
    return [Cell(fit(cell.text, width) + " ", cell.tone) for cell, width in zip(shown, widths, strict=True) if width]


def credentials(kind: str, facts: CredentialFacts | None, now: float, width: int = 40) -> Cell:
    """Where credentials come from, and how long they last where a person must do something then: ``sso 41 min``."""
    if facts is None or facts.expires is None:
        return Cell(kind, Tone.DIM)
    left = facts.expires.timestamp() - now
    if left > ENDLESS:
        return Cell(kind, Tone.DIM)
    told = words.age(left) if left > 0 else "ended"
    tone = Tone.BAD if left <= 0 else Tone.WARN if left < SOON else Tone.DIM
    both = f"{kind} {told}".strip()
    return Cell(both if len(both) <= width else told, tone)


def row_state(choice: AccountChoice, row: AccountRow, state: ScopeState | None, now: float) -> Cell:
    """How far its listing is, or what stands in its way, as far as that is known: ``1,204``, ``loading…``, ``denied``,
    ``sign in``."""
    facts = choice.of(row.aws_profile)
    if needs_sign_in(choice, row, state, now):
        return Cell("sign in", Tone.BAD)
    if state is not None and state.phase is not ScopePhase.WAITING:
        if state.phase in TROUBLES:
            return Cell(TROUBLES[state.phase], Tone.BAD)
        if state.phase is ScopePhase.LOADING:
            return Cell(f"{state.listed:,}…" if state.listed else "loading…", Tone.ACCENT)
        return Cell(f"{state.nodes:,}", Tone.WARN if state.problems or state.phase is ScopePhase.STALE else Tone.DIM)
    if not choice.is_enabled(row):
        return Cell("not enabled", Tone.WARN)
    if facts.error is not None:
        return Cell("signed out" if isinstance(facts.error, CredentialsError) else "failed", Tone.BAD)
    return Cell("…" if facts.asked and facts.identity is None else "", Tone.FAINT)


def needs_sign_in(choice: AccountChoice, row: AccountRow, state: ScopeState | None, now: float) -> bool:
    """Whether the account cannot be called before a person signs in, and can. Whoever lists it has the last word: the
    credentials that have ended may be others by now."""
    facts = choice.of(row.aws_profile)
    if state is not None and state.phase is not ScopePhase.WAITING:
        return isinstance(state.error, CredentialsError) and state.error.sign_in is not None
    if isinstance(facts.error, CredentialsError) and facts.error.sign_in is not None:
        return True
    known = facts.credentials
    ended = known is not None and known.expires is not None and known.expires.timestamp() <= now
    return ended and known is not None and known.sign_in is not None and facts.identity is None


def about(choice: AccountChoice, row: AccountRow, state: ScopeState | None, now: float) -> Sequence[Cell]:
    """More of the row under the cursor, the most important first; each cell is a paragraph."""
    name = row.aws_profile
    facts = choice.of(name)
    parts = [credentials(choice.kind(name), facts.credentials, now).text]
    if facts.identity is not None:
        parts += [f"{facts.identity.account} {facts.alias}".strip(), facts.identity.short]
    elif choice.account(name):
        parts.append(choice.account(name))
    if row in choice.organizations:
        parts.append("the whole organization")
    lines = [Cell("  ·  ".join(tidy(part) for part in parts if part), Tone.DIM)]
    error = state.error if state is not None and state.error is not None else facts.error
    if error is not None:
        lines.append(Cell(tidy(f"{error.title}: {error.detail}" if error.detail else error.title, 400), Tone.WARN))
    elif not row.region:
        lines.append(Cell("Neither the AWS profile nor the program names a region: tab adds one", Tone.WARN))
    elif not choice.is_enabled(row):
        lines.append(Cell(f"The account has not enabled {tidy(row.region, 30)}", Tone.WARN))
    elif state is not None:
        lines.append(Cell(status(state, now).text, Tone.DIM))
    elif not choice.is_own(row):
        lines.append(Cell("Added here: del takes the row away", Tone.FAINT))
    return [line for line in lines if line.text]
