"""The filter language, asked whether it can read something."""

from __future__ import annotations

from datetime import UTC, datetime

from ssmtui.inventory.query.query import parse


def reads(text: str) -> bool:
    """Whether ``text`` is a filter that says something; raises what is wrong with it."""
    return not parse(text, now=datetime(2026, 1, 1, tzinfo=UTC)).is_empty
