"""The filter language: from what is typed to the nodes that are meant. Pure; no clock, no files."""

from ssmtui.inventory.query.query import Query, QueryError, matches, parse
from ssmtui.inventory.query.targets import find

__all__ = ["Query", "QueryError", "find", "matches", "parse"]
