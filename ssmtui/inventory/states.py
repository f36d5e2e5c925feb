"""How far the listing of each scope is, as frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from ssmtui.errors import AccessDenied, CredentialsError, RegionNotEnabled, ServiceError, SsmtuiError, Throttled
from ssmtui.model import Identity, Scope


class ScopePhase(Enum):
    """How far the newest listing of a scope is, or what it ended in."""

    WAITING = "waiting"
    """None has begun; there is nothing to show."""
    LOADING = "loading"
    COMPLETE = "complete"
    STALE = "stale"
    """What is shown is from before: kept on disk, or the newest listing failed."""
    DENIED = "denied"
    THROTTLED = "throttled"
    SIGNED_OUT = "signed out"
    """The credentials are missing, expired or refused."""
    NOT_ENABLED = "region not enabled"
    """The account has not enabled the region."""
    FAILED = "failed"
    """For another reason, and there is nothing to show."""


@dataclass(frozen=True, slots=True)
class ScopeState:
    """A scope's listing at one moment."""

    scope: Scope
    phase: ScopePhase = ScopePhase.WAITING
    listed: int = 0
    """Nodes that the listing under way, or else the newest one, has shown."""
    nodes: int = 0
    """Nodes that are known of the scope."""
    error: SsmtuiError | None = None
    """What the newest listing ended in."""
    problems: tuple[tuple[str, SsmtuiError], ...] = ()
    """Sources that only add to the nodes and could not be read, each with its error."""
    refreshed_at: float | None = None
    """Wall time of the last complete listing, in seconds since the epoch: an age survives a restart."""
    identity: Identity | None = None
    """Who calls there, once that is known."""
    alias: str = ""
    """The account's alias; empty where there is none, or it is denied."""
    from_cache: bool = False
    """Whether some of what is shown is from the disk and has not been listed since."""


def aliases(states: Iterable[ScopeState]) -> Mapping[str, str]:
    """Account aliases by account id."""
    return {state.identity.account: state.alias for state in states if state.identity and state.alias}


def failed_phase(error: SsmtuiError, nodes: int) -> ScopePhase:
    """What a listing that ended in ``error`` leaves a scope in that has ``nodes`` to show."""
    match error:
        case RegionNotEnabled() | ServiceError(code="OptInRequired"):
            return ScopePhase.NOT_ENABLED
        case CredentialsError():
            return ScopePhase.SIGNED_OUT
        case AccessDenied():
            return ScopePhase.DENIED
        case Throttled():
            return ScopePhase.THROTTLED
    return ScopePhase.STALE if nodes else ScopePhase.FAILED


HOPELESS = frozenset({ScopePhase.DENIED, ScopePhase.SIGNED_OUT, ScopePhase.NOT_ENABLED})
"""What a listing ends in again until somebody does something about it."""
