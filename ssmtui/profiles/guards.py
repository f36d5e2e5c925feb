"""Which nodes are guarded: by a filter of the settings, a profile, or its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from ssmtui import inert
from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.query import Query, parse
from ssmtui.model import Node
from ssmtui.profiles.profile import Profile

UNKNOWN = " (its tags are not known)"
"""The reason for a node that may have the tag which a filter asks for."""
SHOWN = 60
"""Characters of a filter, or of a name, that a reason shows."""


class Guards:
    """The filters of the setting ``guard``, parsed at one moment."""

    def __init__(
        self,
        filters: Sequence[str],
        now: datetime,
        aliases: Mapping[str, str] = MappingProxyType({}),
        saved: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """``aliases`` are those of accounts by id, ``saved`` filters by name, for ``@name``."""
        self.problems: list[str] = []
        """A sentence for each filter that cannot be used: what it would guard is not guarded."""
        self._queries: list[Query] = []
        for text in filters:
            try:
                query = parse(text, now=now, aliases=aliases, saved=saved)
            except QueryError as error:
                self.problems.append(_unusable(text, error.detail))
                continue
            if text.strip():
                # One that is half written, as ``env:``, finds all nodes: rather too many are guarded than too few.
                self._queries.append(query)
            else:
                self.problems.append(_unusable(text, "it says nothing"))

    def needs_tags(self, node: Node) -> bool:
        """Whether only the node's tags, which nobody has listed, can say whether it is guarded."""
        return any(query.needs_tags(node) for query in self._queries)

    def reason(self, node: Node | None, profile: Profile | None = None) -> str:
        """Why ``node`` is guarded, in a few words: ``account:prod``, ``folder prod``; empty when it is not."""
        if profile is not None and profile.values.guard:
            origin = profile.origins.get("guard")
            folder = origin.folder if origin is not None else None
            return inert.line(f"folder {folder}" if folder else f"connection {profile.name}", SHOWN)
        if node is None or not self._queries:
            return ""
        rows = [NODE_ROWS.row(node)]
        for query in self._queries:
            query.retry()
            if query.select(rows):
                return inert.line(query.text.strip(), SHOWN)
            if query.problem:
                return inert.line(f"{query.text.strip()} took too long to check", SHOWN + len(UNKNOWN))
        # Better one question too many than a shell on a production node without a question.
        found = next((query.text.strip() for query in self._queries if query.may_match(node)), "")
        return f"{inert.line(found, SHOWN)}{UNKNOWN}" if found else ""


def _unusable(text: str, why: str) -> str:
    return f"guard: the filter {inert.line(text, SHOWN)!r} guards nothing: {inert.line(why, 200)}"
