"""Filters under names: giving one to the filter of a table, and choosing one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ssmtui.errors import UsageError

if TYPE_CHECKING:
    from ssmtui.inventory.filters import Filters
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.table.view import TableView


def save_filter(stage: Stage, filters: Filters, view: TableView[Any], name: str) -> None:
    """Save the filter of ``view`` as ``name``; empty asks for it."""
    text = view.filter_text.strip()
    if name:
        _save(stage, filters, text, name)
        return
    from ssmtui.ui.kit.prompt import Prompt

    def answered(answer: str | None) -> None:
        if answer:
            _save(stage, filters, text, answer)

    question = "Name of this filter (letters, digits, . - _)"
    stage.push_screen(Prompt(question, "", f"@NAME then means {text:.200}"), answered)


def _save(stage: Stage, filters: Filters, text: str, name: str) -> None:
    name = name.strip().removeprefix("@")
    if filters.saved.get(name) == text:
        stage.tell(f"@{name} is this filter already")
        return
    replaced = name in filters.saved
    try:
        if f"@{name}" in text.split():
            raise UsageError(f"@{name} would be a filter that names itself", remedy="Choose another name.")
        filters.save(name, text)
    except UsageError as error:
        stage.tell_error(error, severity="warning")
        return
    stage.tell(f"@{name} is now this filter" + (", in place of the one before" if replaced else ""))


def choose_filter(stage: Stage, filters: Filters, none: str, chosen: Callable[[str], None]) -> None:
    """Choose or delete a saved filter; ``chosen`` gets its text. ``none`` is what is said while there are none."""
    from ssmtui.ui.table.saved_filters import SavedFiltersDialog

    def answered(text: str | None) -> None:
        if text is not None:
            chosen(text)

    stage.push_screen(SavedFiltersDialog(filters, none), answered)
