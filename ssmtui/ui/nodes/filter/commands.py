"""The filters that have names."""

from __future__ import annotations

from ssmtui.errors import UsageError
from ssmtui.ui.commands.feature import NOT_REACHED
from ssmtui.ui.nodes.commands import ListCommand


class SavedFilterCommand(ListCommand):
    """A command on filters that have names."""

    def disabled_reason(self) -> str | None:
        return None if self._nodes.is_connected else NOT_REACHED


class SaveFilter(SavedFilterCommand):
    """Give the filter a name, to be typed as @NAME in any filter"""

    name = "save-filter"
    argument = "[name]"

    def disabled_reason(self) -> str | None:
        if reason := super().disabled_reason():
            return reason
        line = self._nodes.view.filter
        if not line.text.strip():
            return "No filter is set"
        return None if line.in_force.text == line.text else "The filter is not right yet"

    def run(self, argument: str = "") -> None:
        if argument:
            self._save(argument)
            return
        from ssmtui.ui.kit.prompt import Prompt

        def answered(name: str | None) -> None:
            if name:
                self._save(name)

        text = self._nodes.view.filter.text.strip()
        question = "Name of this filter (letters, digits, . - _)"
        self._nodes.stage.push_screen(Prompt(question, "", f"@NAME then means {text:.200}"), answered)

    def _save(self, name: str) -> None:
        name = name.strip().removeprefix("@")
        stage, filters, text = self._nodes.stage, self._nodes.services.filters, self._nodes.view.filter.text.strip()
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


class ChooseFilter(SavedFilterCommand):
    """Choose or delete a saved filter"""

    name = "filters"
    keys = ("at",)

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.table.saved_filters import SavedFiltersDialog

        def chosen(text: str | None) -> None:
            if text is not None:
                self._nodes.filter(text)

        self._nodes.stage.push_screen(SavedFiltersDialog(self._nodes.services.filters), chosen)
