"""Styles are parsed once for all apps of a process.

Textual keeps what it has parsed for one app, and forgets it with that app; a test of the screen spent a fifth of its
time parsing what the test before it had parsed. What is kept here is known by all that the parser is given, the
variables of the theme included, and nothing changes it: a stylesheet only reads its rules.
"""

from __future__ import annotations

import inspect
from typing import Any

from textual.css.stylesheet import Stylesheet

_SIGNATURE = ["self", "css", "read_from", "is_default_rules", "tie_breaker", "scope"]
_parsed: dict[tuple[object, ...], list[Any]] = {}


def share() -> None:
    """Have every :class:`Stylesheet` take parsed rules from here (Textual 8.2.8, ``Stylesheet._parse_rules``); nothing
    changes where Textual has no such method any more."""
    parse = getattr(Stylesheet, "_parse_rules", None)
    if parse is None or list(inspect.signature(parse).parameters) != _SIGNATURE:
        return

    def parse_rules(
        self: Stylesheet,
        css: str,
        read_from: Any,
        is_default_rules: bool = False,
        tie_breaker: int = 0,
        scope: str = "",
    ) -> list[Any]:
        variables = tuple(sorted(self._variables.items()))
        key = (css, read_from, is_default_rules, tie_breaker, scope, variables)
        if key not in _parsed:
            _parsed[key] = parse(self, css, read_from, is_default_rules, tie_breaker, scope)
        return _parsed[key]

    Stylesheet._parse_rules = parse_rules  # type: ignore[method-assign]  # Textual shares nothing
