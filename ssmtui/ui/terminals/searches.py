"""What is searched for, and how. Shared by all search lines while the program runs. Pure state."""

from __future__ import annotations

from ssmtui.terminal.marks import Case, Find

MOST_KEPT = 100
"""Patterns that are kept."""

_CASES = {Case.SMART: "smart case", Case.EXACT: "exact case", Case.IGNORE: "any case"}


class Searches:
    """The patterns that were searched for, the oldest first, and how to search."""

    def __init__(self) -> None:
        self.patterns: list[str] = []
        self.regex = False
        self.case = Case.SMART

    @property
    def words(self) -> str:
        """How it searches, in words."""
        return f"{'regex' if self.regex else 'plain'}, {_CASES[self.case]}"

    @property
    def last(self) -> str:
        """The last pattern; empty before the first."""
        return self.patterns[-1] if self.patterns else ""

    def toggle_regex(self) -> None:
        """Switch between regular expressions and plain text."""
        self.regex = not self.regex

    def next_case(self) -> None:
        """Go to the next way to treat capitals."""
        self.case = Case((self.case + 1) % len(Case))

    def find(self, pattern: str, *, backward: bool = False) -> Find:
        """A search for ``pattern`` as it is set now."""
        return Find(pattern, self.regex, self.case, backward)

    def remember(self, pattern: str) -> None:
        """Keep ``pattern`` as the last one."""
        if pattern in self.patterns:
            self.patterns.remove(pattern)
        self.patterns = [*self.patterns, pattern][-MOST_KEPT:]
