"""Commands on a table, whatever its rows are of. A table that is there gives them names, keys and help of its own."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ssmtui.ui.commands.base import CommandOn

if TYPE_CHECKING:
    from ssmtui.inventory.filters import Filters
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.table.view import TableView


class TableCommand(CommandOn["TableView[Any]"]):
    """A command on the table in front."""

    @property
    @abstractmethod
    def stage(self) -> Stage:
        """Where its dialogs open."""


class RowCommand(TableCommand):
    """A command that needs a row."""

    def reason_against(self, view: TableView[Any]) -> str | None:
        return f"There is no {view.noun} under the cursor" if view.selected is None else None


class Mark(RowCommand):
    """Mark the row, and go to the next"""

    def run_on(self, view: TableView[Any], argument: str) -> None:
        was_range = view.marks.anchor is not None
        view.toggle_mark()
        if not was_range:
            view.move(1)


class MarkRange(RowCommand):
    """Mark a range of rows as the cursor moves"""

    def run_on(self, view: TableView[Any], argument: str) -> None:
        item = view.selected
        assert item is not None
        ranging = view.marks.anchor is not None
        view.mark(lambda marks: marks.end_range() if ranging else marks.begin_range(item.key))


class Extend(RowCommand):
    """Mark a range by moving with shift"""

    takes_key = True
    in_palette = False

    def run_on(self, view: TableView[Any], argument: str) -> None:
        item = view.selected
        assert item is not None
        if view.marks.anchor is None:
            view.mark(lambda marks: marks.begin_range(item.key))
        view.move(1 if argument == "shift+down" else -1)


class MarkAll(RowCommand):
    """Mark all rows that the filter shows; again: none of them"""

    def run_on(self, view: TableView[Any], argument: str) -> None:
        view.mark_all()


class ClearMarks(TableCommand):
    """Take all marks away"""

    def reason_against(self, view: TableView[Any]) -> str | None:
        return None if view.marks else f"No {view.noun} is marked"

    def run_on(self, view: TableView[Any], argument: str) -> None:
        view.mark(lambda marks: marks.clear())


class ClearAll(TableCommand):
    """Take back the range, then the marks, then the filter"""

    def reason_against(self, view: TableView[Any]) -> str | None:
        return None if view.marks or view.filter_text else "No filter is set"

    def run_on(self, view: TableView[Any], argument: str) -> None:
        clear_step(view)


def clear_step(view: TableView[Any]) -> None:
    """Take back the range, else the marks, else the filter."""
    if view.marks.anchor is not None:
        view.mark(lambda marks: marks.cancel_range())
    elif view.marks:
        view.mark(lambda marks: marks.clear())
    else:
        view.set_filter("")


class SaveFilter(TableCommand):
    """Give the filter a name, to be typed as @NAME"""

    @property
    @abstractmethod
    def filters(self) -> Filters:
        """Where it is saved."""

    def reason_against(self, view: TableView[Any]) -> str | None:
        if not view.filter_text.strip():
            return "No filter is set"
        return None if view.filter.in_force.text == view.filter_text else "The filter is not right yet"

    def run_on(self, view: TableView[Any], argument: str) -> None:
        from ssmtui.ui.table.saving import save_filter

        save_filter(self.stage, self.filters, view, argument)


class Sort(TableCommand):
    """Sort by other columns: several keys"""

    def run_on(self, view: TableView[Any], argument: str) -> None:
        from ssmtui.ui.table.choosing import sort

        sort(self.stage, view, argument)


class Columns(TableCommand):
    """Choose, order and size the columns"""

    def run_on(self, view: TableView[Any], argument: str) -> None:
        from ssmtui.ui.table.choosing import choose_columns

        choose_columns(self.stage, view, argument)


class TallDetails(TableCommand):
    """Show all that is known of the row, or only a few lines"""

    def run_on(self, view: TableView[Any], argument: str) -> None:
        view.prefer(replace(view.preferences, tall=not view.preferences.tall))


class ScrollDetails(TableCommand):
    """Scroll the details of the row"""

    takes_key = True
    in_palette = False

    def run_on(self, view: TableView[Any], argument: str) -> None:
        view.scroll_details(1 if argument.startswith("right") else -1)
