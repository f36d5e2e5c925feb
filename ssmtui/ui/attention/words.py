"""What is said of a session that did what it was watched for. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from ssmtui import inert
from ssmtui.model import Scope
from ssmtui.sessions.activity import WORTH_DONE
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.watching import WatchHit, WatchKind
from ssmtui.ui.look import words

HOOK_PREFIX = "WATCH_"
"""Before the names of the facts that the command of the settings finds in its environment. Not ``SSMTUI_``, which
begins settings."""


def happened(session: SessionSnapshot, hit: WatchHit) -> str:
    """What has happened to ``session``, without a full stop and without what the node printed."""
    match hit.kind:
        case WatchKind.END:
            code = "" if hit.code is None else f" with exit {hit.code}"
            after = f" after {words.age(hit.seconds)}" if hit.seconds >= WORTH_DONE else ""
            return f"Its command has ended{code}{after}"
        case WatchKind.SILENCE:
            return f"Silent for {words.age(hit.seconds)}"
        case WatchKind.FOUND:
            return f"Printed {words.count(hit.count, 'line')} that you watch for"
        case WatchKind.SLOW:
            return "The pattern that you watch for takes too long on what it prints: lines are missed"
        case WatchKind.OVER:
            if session.end_cause is EndCause.TAKEN:
                return "Another client has taken the session over"
            return "The session is detached" if session.left_alive else "The session is over"


def message(session: SessionSnapshot, hit: WatchHit) -> str:
    """What the screen says."""
    line = f": {hit.line}" if hit.line else ""
    return f"{inert.line(session.title, 40)}: {happened(session, hit)}{line}"


def hook_facts(session: SessionSnapshot, hit: WatchHit, scope: Scope) -> Mapping[str, str]:
    """What the command of the settings finds in its environment, beside what is there. ``scope`` is the session's.
    Nothing that was printed or typed is among it."""
    facts = {
        "EVENT": hit.kind.value,
        "TEXT": happened(session, hit),
        "TITLE": session.title,
        "TARGET": session.request.target,
        "NODE": session.node.name if session.node is not None else "",
        "SESSION": session.session_id,
        "REGION": scope.region,
        "AWS_PROFILE": scope.aws_profile or "",
        "EXIT_CODE": "" if hit.code is None else str(hit.code),
        "SECONDS": f"{hit.seconds:.0f}",
    }
    return {HOOK_PREFIX + name: inert.line(value, 200) for name, value in facts.items()}
