"""Commands of the filters that have names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.errors import UsageError
from ssmtui.ui.commands.base import Command, Group

if TYPE_CHECKING:
    from ssmtui.inventory.filters import Filters

NOT_YET = "AWS has not been reached yet"


class SaveFilter(Command):
    """Give the filter a name, to be typed as @NAME in any filter"""

    name = "save-filter"
    group = Group.NODES
    argument = "[name]"

    def disabled_reason(self) -> str | None:
        if self.app.services is None:
            return NOT_YET
        line = self.app.main.nodes.filter
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

        text = self.app.main.nodes.filter.text.strip()
        question = "Name of this filter (letters, digits, . - _)"
        self.app.push_screen(Prompt(question, "", f"@NAME then means {text:.200}"), answered)

    def _save(self, name: str) -> None:
        assert self.app.services is not None
        name = name.strip().removeprefix("@")
        filters, text = self.app.services.filters, self.app.main.nodes.filter.text.strip()
        if filters.saved.get(name) == text:
            self.app.tell(f"@{name} is this filter already")
            return
        replaced = name in filters.saved
        try:
            if f"@{name}" in text.split():
                raise UsageError(f"@{name} would be a filter that names itself", remedy="Choose another name.")
            filters.save(name, text)
        except UsageError as error:
            self.app.tell(f"{error.detail}. {error.remedy}", severity="warning")
            return
        self.app.tell(f"@{name} is now this filter" + (", in place of the one before" if replaced else ""))


class SavedFilters(Command):
    """Choose or delete a saved filter"""

    name = "filters"
    group = Group.NODES
    keys = ("at",)

    def disabled_reason(self) -> str | None:
        return NOT_YET if self.app.services is None else None

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.nodes.filter.saved import SavedFilters as Screen

        assert self.app.services is not None
        filters: Filters = self.app.services.filters

        def chosen(text: str | None) -> None:
            if text is not None:
                self.app.panes.show(None)
                self.app.main.nodes.set_filter(text)

        self.app.push_screen(Screen(filters), chosen)


COMMANDS: tuple[type[Command], ...] = (SaveFilter, SavedFilters)
