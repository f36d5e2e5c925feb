"""The splices that bring one value into a TOML text, or out of it: where it belongs, in the layout that is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssmtui.config.toml_brackets import Splice, added, removed, spliced
from ssmtui.config.toml_layout import (
    apart,
    block_end,
    comments_start,
    indent_of,
    newline_at,
    section_text,
    without_gap,
)
from ssmtui.config.toml_scan import Item, Path, TomlKind, items, line_end, line_start, members
from ssmtui.config.toml_text import key_text, value_text
from ssmtui.config.toml_values import MISSING, same


class Splicer:
    """A text that is changed one value after the other.

    Tables that are new are kept back and written together, for a file to which hundreds are added.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._newline = newline_at(text, 0)
        self._items: list[Item] | None = None
        self._entries: dict[Path, Item] = {}
        self._begun: set[Path] = set()
        """All paths that something in the text is at, or within."""
        self._new: dict[Path, dict[str, Any]] = {}
        self._new_begun: set[Path] = set()
        self._gone: list[Splice] = []
        """Removals that are not made yet, of whole lines."""

    def text(self) -> str:
        """The text with all changes."""
        self._write_new()
        self._take_away()
        return self._text

    def change(self, path: Path, old: Any, new: Any) -> None:
        """Let the value at ``path`` be ``new`` where it was ``old``; either may be :data:`MISSING`."""
        if old is MISSING and path[:-1] in self._new and isinstance(path[-1], str):
            self._new[path[:-1]][path[-1]] = new
            return
        if path in self._new_begun or any(path[:length] in self._new for length in range(len(path))):
            self._write_new()
        if new is MISSING and self._deepest(path) in (None, self._entries.get(path)):
            self._gone += self._pieces(path)
            return
        self._take_away()
        self._change(path, old, new)

    def _change(self, path: Path, old: Any, new: Any) -> None:
        if old is MISSING:
            self._insert(path, new)
        elif new is MISSING:
            self._remove(path)
        elif item := self._written(path):
            self._revise(item, old, new)
        else:
            self._change_table(path, old, new)

    def _change_table(self, path: Path, old: Any, new: Any) -> None:
        """What has no value of its own: sections and dotted keys make it."""
        has_header = any(item.is_header and item.path == path for item in self._all())
        if isinstance(old, dict) and isinstance(new, dict) and (new or has_header):
            self._change_keys(path, old, new)
        elif isinstance(old, list) and isinstance(new, list) and new and all(isinstance(value, dict) for value in new):
            for index in reversed(range(len(new), len(old))):
                self._remove((*path, index))
            for index, value in enumerate(new):
                self._change((*path, index), old[index] if index < len(old) else MISSING, value)
        else:
            self._remove(path)
            self._insert(path, new)

    def _change_keys(self, path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        for key, value in old.items():
            if key not in new:
                self._change((*path, key), value, MISSING)
        for key, value in new.items():
            if not (key in old and same(old[key], value)):
                self._change((*path, key), old.get(key, MISSING), value)

    def _revise(self, item: Item, old: Any, new: Any) -> None:
        """The value itself, keeping what can be kept of its brackets and quotes."""
        was = item.value.of(self._text)
        if isinstance(new, dict) and was.startswith("{"):
            self._change_keys(item.path, old, new)
        elif isinstance(new, list) and was.startswith("["):
            self._change_elements(item.path, old, new)
        else:
            written = value_text(new, was, self._newline_at(item.start))
            self._splice(Splice(*item.value, written))

    def _change_elements(self, path: Path, old: list[Any], new: list[Any]) -> None:
        """Elements that both ends have in common are left alone, those between replaced one by one."""
        head = 0
        while head < min(len(old), len(new)) and same(old[head], new[head]):
            head += 1
        tail = 0
        while tail < min(len(old), len(new)) - head and same(old[-1 - tail], new[-1 - tail]):
            tail += 1
        paired = min(len(old), len(new)) - tail
        for index in range(head, paired):
            self._change((*path, index), old[index], new[index])
        for index in reversed(range(paired, len(old) - tail)):
            self._remove((*path, index))
        for index in range(paired, len(new) - tail):
            self._insert((*path, index), new[index])

    # Finding ---------------------------------------------------------------------------------------------------------

    def _all(self) -> list[Item]:
        if self._items is None:
            self._items = list(items(self._text))
            self._entries = {item.path: item for item in self._items if not item.is_header}
            self._begun = set()
        return self._items

    def _newline_at(self, at: int) -> str:
        return newline_at(self._text, at, self._newline)

    def _splice(self, *splices: Splice) -> None:
        self._text = spliced(self._text, splices)
        self._items = None

    def _written(self, path: Path) -> Item | None:
        """What gives exactly ``path`` a value."""
        found = self._deepest(path)
        return found if found is not None and found.path == path else None

    def _deepest(self, path: Path) -> Item | None:
        """What gives ``path``, or else the nearest table or array around it, a value of its own."""
        self._all()
        prefixes = (path[:length] for length in range(1, len(path) + 1))
        found = next((self._entries[prefix] for prefix in prefixes if prefix in self._entries), None)
        while found is not None and len(found.path) < len(path):
            within = (one for one in members(self._text, found) if one.path == path[: len(one.path)])
            if (inner := next(within, None)) is None:
                break
            found = inner
        return found

    # Removing --------------------------------------------------------------------------------------------------------

    def _remove(self, path: Path) -> None:
        holder = self._deepest(path)
        if holder is not None and holder.kind is TomlKind.MEMBER and holder.path == path:
            around = self._deepest(holder.base)
            if around is not None:
                self._splice(*removed(self._text, around, members(self._text, around).index(holder)))
            return
        if holder is not None and holder.path != path:
            # Dotted keys within an inline table.
            for member in reversed(members(self._text, holder)):
                if member.path[: len(path)] == path:
                    self._remove(member.path)
            return
        self._gone += self._pieces(path)
        self._take_away()

    def _pieces(self, path: Path) -> list[Splice]:
        """The lines that say something about ``path``."""
        text, pieces, everything = self._text, list[Splice](), self._all()
        for at, item in enumerate(everything):
            if item.path[: len(path)] != path:
                continue
            if item.is_header:
                start, end = without_gap(text, comments_start(text, item.start), block_end(text, everything, at))
                pieces.append(Splice(start, end, ""))
            elif item.base[: len(path)] != path:
                pieces.append(Splice(line_start(text, item.start), line_end(text, item.end), ""))
        return pieces

    def _take_away(self) -> None:
        """Make the removals; of two that would take the same empty lines, one does."""
        clipped: list[Splice] = []
        for piece in sorted(self._gone):
            if clipped and piece.start <= clipped[-1].end:
                before = clipped.pop()
                start, end = before.start, max(before.end, piece.end)
                # What neither takes by itself, for the other was there.
                piece = Splice(*(without_gap(self._text, start, end) if end == len(self._text) else (start, end)), "")
            clipped.append(piece)
        self._gone = []
        if clipped:
            self._splice(*clipped)

    # Inserting -------------------------------------------------------------------------------------------------------

    def _insert(self, path: Path, value: Any) -> None:
        table, name = path[:-1], path[-1]
        # An element's number may be that of another, which it is put before.
        if (holder := self._deepest(path if isinstance(name, str) else table)) is not None:
            self._insert_in_brackets(holder, path[len(holder.path) :], value)
        elif isinstance(name, int):
            if not isinstance(value, dict):
                raise ValueError("an element of an array of tables has to be a table")
            self._write_sections({path: value})
        elif (before := self._last_of(table)) is not None:
            self._insert_after(before, table, name, value)
        elif not table:
            self._insert_first(name, value)
        else:
            self._new.setdefault(table, {})[name] = value
            self._new_begun.update(table[:length] for length in range(len(table) + 1))

    def _insert_in_brackets(self, holder: Item, rest: Path, value: Any) -> None:
        newline = self._newline_at(holder.start)
        if isinstance(rest[0], int):
            body, index = value_text(value, newline=newline), rest[0]
        else:
            key = ".".join(key_text(str(part)) for part in rest)
            body, index = f"{key} = {value_text(value, newline=newline)}", len(members(self._text, holder))
        self._splice(*added(self._text, holder, index, body, newline))

    def _last_of(self, table: Path) -> Item | None:
        """The header or entry behind which a key of ``table`` may stand; None where it has neither."""
        found: Item | None = None
        section: Item | None = None
        everything = self._all()
        if not self._begun:
            self._begun = {item.path[:length] for item in everything for length in range(len(item.path) + 1)}
        if table not in self._begun:
            return None
        for item in everything:
            if item.is_header:
                if item.path == table:
                    section = item
            elif item.base == table:
                section = item
            elif item.path[: len(table)] == table and len(item.base) < len(table):
                found = item
        return section or found

    def _insert_after(self, before: Item, table: Path, name: str, value: Any) -> None:
        text = self._text
        newline = self._newline_at(before.start)
        prefix = (
            ""
            if before.is_header
            else "".join(f"{key.of(text)}." for key in before.keys[: len(table) - len(before.base)])
        )
        equals = "=" if before.keys and text[before.keys[-1].end : before.value.start] == "=" else " = "
        line = f"{indent_of(text, before.start)}{prefix}{key_text(name)}{equals}{value_text(value, newline=newline)}"
        at = line_end(text, before.end)
        gap = "" if text[at - 1 : at] == "\n" else newline
        self._splice(Splice(at, at, f"{gap}{line}{newline}"))

    def _insert_first(self, name: str, value: Any) -> None:
        """A key of the top where there is none yet: before the first section, behind what is said of the file."""
        text, everything = self._text, self._all()
        newline = self._newline
        line = f"{key_text(name)} = {value_text(value, newline=newline)}{newline}"
        if everything:
            at = comments_start(text, everything[0].start, is_file_kept=False)
            self._splice(Splice(at, at, line + newline))
        else:
            gap = newline if text and not text.endswith("\n") else ""
            self._splice(Splice(len(text), len(text), gap + line))

    def _write_new(self) -> None:
        """The tables that have been kept back, those of one table around them in one go."""
        if self._new:
            self._take_away()
        groups: dict[Path, dict[Path, dict[str, Any]]] = {}
        for table, values in self._new.items():
            groups.setdefault(table[:-1], {})[table] = values
        self._new, self._new_begun = {}, set()
        for group in groups.values():
            self._write_sections(group)

    def _write_sections(self, sections: Mapping[Path, Mapping[str, Any]]) -> None:
        text, everything = self._text, self._all()
        table = next(iter(sections))
        headers = [(at, item) for at, item in enumerate(everything) if item.is_header]
        like: Item | None = next((item for _, item in headers if item.path[: len(table)] == table), None)
        if like is not None and len(sections) == 1:
            # It is there through a table in it only, which it may as well stand before.
            at = comments_start(text, like.start, is_file_kept=False)
        else:
            at, like = self._place(table, headers)
        indent = indent_of(text, like.start) if like else ""
        newline = self._newline_at(max(0, at - 1))
        written = [section_text(path, values, indent, newline) for path, values in sections.items()]
        self._splice(Splice(at, at, apart(text, at, written, newline)))

    def _place(self, table: Path, headers: list[tuple[int, Item]]) -> tuple[int, Item | None]:
        """Behind the last section that has most of its path in common, else at the end."""
        for length in range(len(table) - 1, 0, -1):
            near = [(at, item) for at, item in headers if item.path[:length] == table[:length]]
            if near:
                return block_end(self._text, self._all(), near[-1][0]), near[-1][1]
        return len(self._text), None
