"""The tabs with what is done in them; the panes themselves are :class:`ssmtui.ui.panes.panes.Panes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.panes import commands, layout_commands
from ssmtui.ui.panes.zooming import Zooming

if TYPE_CHECKING:
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import Keys, OuterTerminal


class TabsFeature(Feature):
    """Tabs and the sessions in them."""

    styles = dialog_sheets("panes")

    def __init__(self, panes: Panes, outer: OuterTerminal, keys: Keys, *, escapes: bool) -> None:
        self._zooming = Zooming(panes, outer, keys, escapes=escapes)
        self.commands = (
            commands.ShowNodes(panes),
            commands.NextTab(panes),
            commands.PreviousTab(panes),
            commands.LastTab(panes),
            commands.GoToTab(panes),
            commands.NextWanting(panes),
            commands.ResumeNow(panes),
            commands.ReadWarning(panes),
            commands.ClosePane(panes),
            commands.CloseTab(panes),
            commands.ShowMemory(panes),
            commands.ResetTerminal(panes),
            commands.RenameTab(panes),
            commands.ZoomNative(panes, self._zooming),
            commands.MoveTab(panes),
            commands.SendLeader(panes),
            layout_commands.FocusPane(panes),
            layout_commands.NextPane(panes),
            layout_commands.LastPane(panes),
            layout_commands.CoverPanes(panes),
            layout_commands.ResizePane(panes),
            layout_commands.EvenPanes(panes),
            layout_commands.NextArrangement(panes),
            layout_commands.ArrangePanes(panes),
            layout_commands.SwapPanes(panes),
            layout_commands.RotatePanes(panes),
            layout_commands.BreakPane(panes),
            layout_commands.JoinTab(panes),
            layout_commands.UndoLayout(panes),
        )

    async def close(self) -> None:
        await self._zooming.close()
