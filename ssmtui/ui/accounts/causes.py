"""What went wrong with the listed accounts, each cause once with all accounts that it is the same for. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ssmtui.errors import CredentialsError, SsmtuiError
from ssmtui.inventory.states import ScopePhase, ScopeState
from ssmtui.sign_in import SignIn

LISTING = ""
"""The source of a cause that is the listing's own end."""


class Cause(NamedTuple):
    """One thing that went wrong."""

    source: str
    """What could not be read beside the nodes (:attr:`ssmtui.aws.gateway.NodePage.source`); :data:`LISTING` where it is
    the nodes themselves."""
    phase: ScopePhase
    error: SsmtuiError | None
    """That of the first account. None: nothing is said of it."""
    states: Sequence[ScopeState]
    """The accounts that it is the same for."""

    @property
    def sign_in(self) -> SignIn | None:
        """The sign-in that helps all of them."""
        return self.error.sign_in if isinstance(self.error, CredentialsError) else None


def causes(states: Iterable[ScopeState], troubles: Iterable[ScopePhase]) -> list[Cause]:
    """All that is wrong with ``states``: first what kept nodes from being listed, in the order of the accounts.
    ``troubles`` are the phases that are wrong even without an error."""
    phases = frozenset(troubles)
    states = list(states)
    found: dict[tuple[object, ...], list[tuple[str, ScopeState, SsmtuiError | None]]] = {}
    for state in states:
        if state.error is not None or state.phase in phases:
            key = (LISTING, state.phase, *_alike(state, state.error))
            found.setdefault(key, []).append((LISTING, state, state.error))
    for state in states:
        for source, problem in state.problems:
            # Sources that fail of one cause are two sentences all the same: each costs something else.
            found.setdefault((source, *_alike(state, problem)), []).append((source, state, problem))
    made = []
    for alike in found.values():
        source, first, error = alike[0]
        made.append(Cause(source, first.phase, error, tuple(dict.fromkeys(state for _, state, _ in alike))))
    return made


def _alike(state: ScopeState, error: SsmtuiError | None) -> tuple[object, ...]:
    """What the errors of one cause have in common: the sign-in that helps, else their words without the names of the
    account that they are of."""
    if error is None:
        return ()
    if isinstance(error, CredentialsError) and error.sign_in is not None:
        return error.sign_in.key
    names = [state.scope.region, state.scope.aws_profile or ""]
    if state.identity is not None:
        names += [state.identity.arn, state.identity.account]
    # Longest first: an ARN holds the account's id.
    known = sorted((name for name in names if name), key=len, reverse=True)
    pattern = "|".join(re.escape(name) for name in known)
    nameless = re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])") if pattern else None
    words = (error.title, error.detail, error.remedy)
    return (type(error), *(nameless.sub("…", text) if nameless is not None else text for text in words))
