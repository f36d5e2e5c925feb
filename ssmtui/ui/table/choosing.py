"""Another order or other columns for a table: as they were typed, or from a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssmtui.ui.table import preferences

if TYPE_CHECKING:
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.table.view import TableView


def sort(stage: Stage, view: TableView[Any], argument: str) -> None:
    """Sort as ``argument`` says, or ask how."""
    from ssmtui.ui.table.order_dialog import OrderScreen

    if not argument:
        stage.push_screen(OrderScreen(view))
        return
    try:
        keys = preferences.parse_sort(view.columns, argument)
    except KeyError as error:
        stage.tell(f"{view.noun.capitalize()}s cannot be sorted by {error.args[0]}", severity="warning")
    else:
        view.prefer(view.preferences.sorted_by(keys))


def choose_columns(stage: Stage, view: TableView[Any], argument: str) -> None:
    """Show the columns that ``argument`` names, or ask which."""
    from ssmtui.ui.table.columns_dialog import ColumnsScreen

    if not argument:
        stage.push_screen(ColumnsScreen(view))
        return
    try:
        chosen = preferences.parse_columns(view.columns, "" if argument == "default" else argument)
    except KeyError as error:
        stage.tell(f"There is no column {error.args[0]}", severity="warning")
    else:
        view.prefer(view.preferences.with_shown(chosen, () if argument == "default" else view.differing))
