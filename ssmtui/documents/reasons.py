"""The reason that is given for a session: what the service takes, and what a profile or a folder asks of it."""

from __future__ import annotations

import re
from typing import NamedTuple

from ssmtui import time_limit

MAX_REASON = 256
"""Characters of a reason (protocol.md section 1.1: ``^.{1,256}$``, so no line breaks)."""

LIMIT = 0.012
"""Seconds of processor time that a rule's pattern has."""
UNTIMED = 64
"""Characters on which a pattern is tried where nothing could stop it."""


class ReasonRule(NamedTuple):
    """The requirements on a reason."""

    required: bool = False
    pattern: str = ""
    """Regular expression that all of it has to match (``re.fullmatch``); empty: anything."""
    hint: str = ""
    """What the pattern means, for people: ``a ticket such as OPS-123``."""


NO_RULE = ReasonRule()
"""The service's own requirement: only the length."""


def reason_of(text: str) -> str:
    """``text`` as it is sent: on one line, white space folded."""
    return " ".join(text.split())


def problem(rule: ReasonRule, text: str) -> str:
    """What is wrong with a reason, in a few words; empty when nothing is. ``text`` is taken as :func:`reason_of` has
    it."""
    reason = reason_of(text)
    if not reason:
        return ": ".join(filter(None, ("needed", rule.hint))) if rule.required else ""
    if len(reason) > MAX_REASON:
        return f"at most {MAX_REASON} characters, these are {len(reason)}"
    return _pattern_problem(rule, reason) if rule.pattern else ""


def _pattern_problem(rule: ReasonRule, reason: str) -> str:
    try:
        if not time_limit.usable():
            fits = re.fullmatch(rule.pattern, reason[:UNTIMED]) if len(reason) <= UNTIMED else True
        else:
            with time_limit.TimeLimit(LIMIT):
                fits = re.fullmatch(rule.pattern, reason)
    except (re.error, RecursionError, OverflowError) as error:
        return f"its rule is not a valid regular expression: {error}"
    except (time_limit.Expired, MemoryError):
        return "its rule takes too long to check: simplify the pattern"
    return "" if fits else rule.hint or f"must match {rule.pattern}"
