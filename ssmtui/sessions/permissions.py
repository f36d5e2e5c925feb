"""What to say where the person's policy does not let sessions be resumed or ended. Pure functions.

Who denies it, and so what helps, is the remedy of the error itself: a statement to ask for, or the name of the policy
that no statement of the person's own overrules.
"""

from __future__ import annotations

from ssmtui.errors import AccessDenied


def resume_denied(error: AccessDenied) -> AccessDenied:
    """What to say when ResumeSession answered ``error``."""
    return _titled(error, "Your policy lets you start sessions but not resume them", error.remedy)


def end_denied(error: AccessDenied) -> AccessDenied:
    """What to say when the first TerminateSession answered ``error``, before the same policy costs a shell."""
    lost = "AWS closes each connection about once an hour, and a shell that cannot be resumed is lost then."
    title = "Your policy does not let you end sessions, and probably not resume them"
    return _titled(error, title, f"{lost} {error.remedy}".rstrip())


def _titled(error: AccessDenied, title: str, remedy: str) -> AccessDenied:
    return AccessDenied(
        error.detail, code=error.code, operation=error.operation, title=title, remedy=remedy, status=error.status
    )
