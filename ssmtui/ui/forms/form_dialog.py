"""What dialogs with long forms share: the field that is gone to is in view, with its name and what is wrong with it."""

from __future__ import annotations

from textual import events, on
from textual.widget import Widget

from ssmtui.ui.forms.command_field import CommandField
from ssmtui.ui.forms.parameter_field import ParameterField
from ssmtui.ui.forms.reason_field import ReasonField
from ssmtui.ui.forms.unread_parameters import UnreadParameters
from ssmtui.ui.kit.dialog import Answer, Dialog

FIELDS = (ParameterField, UnreadParameters, ReasonField, CommandField)


class FormDialog(Dialog[Answer]):
    """Scrolls at once, and no further than it takes. Its form is in a container with the id ``body``."""

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """Without Textual's own scrolling, which brings the entry alone into the middle."""
        super().set_focus(widget, False, from_app_focus)

    @on(events.DescendantFocus)
    def _field_focused(self) -> None:
        """Scroll after the layout: only then is the field's place known."""
        self.call_after_refresh(self.show_focused)

    def show_focused(self) -> None:
        """Scroll to the field that has the keys, all of it as far as there is room."""
        if self.focused is None:
            return
        field = next((one for one in self.focused.ancestors_with_self if isinstance(one, FIELDS)), None)
        if field is not None:
            field.scroll_visible(animate=False)
        else:
            self.query_one("#body").scroll_home(animate=False)
