"""Which sign-ins would help now, and whom: by the errors of listings and sessions. Knows no screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ssmtui.errors import CredentialsError
from ssmtui.inventory.states import ScopeState
from ssmtui.model import CredentialFacts
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sign_in import SignIn, SignInWay

Key = tuple[SignInWay, str]

WARNED_AT = (600.0, 120.0)
"""Seconds before the end of a sign-in at which the person hears of it, the first one first."""


class SignInNeed(NamedTuple):
    """A sign-in for want of which something stands still."""

    sign_in: SignIn
    profiles: tuple[str, ...]
    """The AWS profiles that it concerns, in the order in which they are listed."""


def needs(
    states: Iterable[ScopeState],
    sessions: Iterable[SessionSnapshot],
    facts: Mapping[str | None, CredentialFacts],
) -> list[SignInNeed]:
    """All of them: those of listings first. ``facts`` are those of AWS profiles: not every error knows the way."""
    found: dict[Key, SignInNeed] = {}

    def add(sign_in: SignIn | None, aws_profile: str | None) -> None:
        if sign_in is None:
            return
        known = found.get(sign_in.key, SignInNeed(sign_in, ()))
        name = aws_profile or sign_in.aws_profile
        if name not in known.profiles:
            found[sign_in.key] = SignInNeed(known.sign_in, (*known.profiles, name))

    for state in states:
        add(sign_in_of(state, facts), state.scope.aws_profile)
    for session in sessions:
        add(session.sign_in, session.request.scope.aws_profile if session.request.scope is not None else None)
    return list(found.values())


def sign_in_of(state: ScopeState, facts: Mapping[str | None, CredentialFacts]) -> SignIn | None:
    """The sign-in that a listing failed for want of."""
    if not isinstance(state.error, CredentialsError):
        return None
    known = facts.get(state.scope.aws_profile)
    return state.error.sign_in or (known.sign_in if known is not None and known.missing else None)


class CredentialsEnding(NamedTuple):
    """A sign-in that ends soon."""

    sign_in: SignIn
    seconds: float
    """Until then."""
    profiles: tuple[str, ...]


def ending(facts: Mapping[str | None, CredentialFacts], now: datetime) -> list[CredentialsEnding]:
    """The sign-ins that end within the first of :data:`WARNED_AT` and need the person, the next one first."""
    found: dict[Key, CredentialsEnding] = {}
    for aws_profile, known in facts.items():
        if known.sign_in is None or known.expires is None or known.missing:
            continue
        seconds = (known.expires - now).total_seconds()
        if 0 < seconds <= WARNED_AT[0]:
            one = found.get(known.sign_in.key, CredentialsEnding(known.sign_in, seconds, ()))
            names = (*one.profiles, aws_profile or known.sign_in.aws_profile)
            found[known.sign_in.key] = CredentialsEnding(known.sign_in, min(seconds, one.seconds), names)
    return sorted(found.values(), key=lambda one: one.seconds)


class Warnings:
    """Says of each end once at each of :data:`WARNED_AT`."""

    def __init__(self) -> None:
        self._warned: dict[Key, float] = {}

    def due(self, endings: Sequence[CredentialsEnding]) -> list[CredentialsEnding]:
        """Those of ``endings`` to warn of now. One that is no longer among them counts as a new one if it comes back:
        somebody has signed in meanwhile."""
        self._warned = {one.sign_in.key: self._warned.get(one.sign_in.key, float("inf")) for one in endings}
        due = []
        for one in endings:
            reached = min(at for at in WARNED_AT if one.seconds <= at)
            if reached < self._warned[one.sign_in.key]:
                self._warned[one.sign_in.key] = reached
                due.append(one)
        return due
