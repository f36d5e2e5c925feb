"""A walk through what was typed before, from where something else is being typed."""

from __future__ import annotations


class Recall:
    """``texts`` are oldest first."""

    def __init__(self, texts: tuple[str, ...] = ()) -> None:
        self._texts = texts
        self._place = len(texts)
        self._typed = ""

    @property
    def walking(self) -> bool:
        """Whether one of the old texts stands in the line."""
        return self._place < len(self._texts)

    def stop(self) -> None:
        """Leave the walk: the line holds new text."""
        self._place = len(self._texts)

    def older(self, now: str) -> str:
        """The text before; ``now`` is what stands in the line, to come back to."""
        if not self.walking:
            self._typed = now
        while self._place > 0:
            self._place -= 1
            if self._texts[self._place] != now:
                return self._texts[self._place]
        return now if not self._texts else self._texts[0]

    def newer(self) -> str:
        """The text after, at last what was typed."""
        self._place = min(self._place + 1, len(self._texts))
        return self._texts[self._place] if self.walking else self._typed
