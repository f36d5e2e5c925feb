"""The filter language: from what is typed to the nodes that are meant. Pure: no clock, no files.

``tokens`` cuts the text, ``parser`` makes terms of it, ``terms``, ``words``, ``keyed``, ``tags`` and ``patterns`` look
at rows, ``query`` is what the list asks. ``docs/filter.md`` tells the language.
"""

from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.query import Query, parse
from ssmtui.inventory.query.targets import find

__all__ = ["Query", "QueryError", "find", "parse"]
