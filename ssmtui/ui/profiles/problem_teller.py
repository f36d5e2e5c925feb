"""Reports problems that appear in the profiles' files while their view is closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.ui.look import words

if TYPE_CHECKING:
    from ssmtui.profiles.store import ProfileStore

LENGTH = 300
"""Characters of a problem that are shown."""


class ProblemTeller:
    """Tells each error once, when it comes: an editor may have saved half a line."""

    def __init__(self, store: ProfileStore, tell: Callable[[str], None], *, key: str) -> None:
        """``tell`` shows a sentence; ``key`` opens the view, which has all of them."""
        self._store = store
        self._tell = tell
        self._key = key
        self._known: frozenset[tuple[Path, str]] = frozenset()
        self.close = store.subscribe(self._changed)
        self._changed()

    def _changed(self) -> None:
        errors = [problem for problem in self._store.profiles.problems if problem.is_error]
        # Not by their lines, which move with each edit above.
        new = [problem for problem in errors if (problem.place.file, problem.text) not in self._known]
        self._known = frozenset((problem.place.file, problem.text) for problem in errors)
        if new:
            more = f" (and {words.count(len(new) - 1, 'more problem')}: {self._key} shows them)" if len(new) > 1 else ""
            self._tell(inert.line(str(new[0]), LENGTH) + more)
