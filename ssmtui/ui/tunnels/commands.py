"""Commands on tunnels, and those that make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import NODES, CommandOn
from ssmtui.ui.commands.feature import Reaching
from ssmtui.ui.table import commands as table
from ssmtui.ui.tunnels.actions import TUNNELS
from ssmtui.ui.tunnels.places import DESTINATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssmtui.forwards.tunnel import TunnelSnapshot
    from ssmtui.inventory.filters import Filters
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.tunnels.actions import TunnelActions
    from ssmtui.ui.tunnels.view import TunnelsView

FORM = "[[LOCAL:]PORT or [LOCAL:]HOST:PORT …]"
READ_ONLY = "A read-only run opens no tunnels: what a program writes to one reaches the node"


class ShowTunnels(Reaching):
    """Show the tunnels: copy their addresses, stop them, start them again, make others"""

    name = "tunnels"
    place = NODES
    keys = ("T",)
    leader_keys = ("T",)
    argument = "[filter]"

    def __init__(self, tunnels: TunnelActions) -> None:
        super().__init__(tunnels)
        self._tunnels = tunnels

    def run(self, argument: str = "") -> None:
        self._tunnels.show(argument)


class TunnelMaking(Reaching):
    """A command that opens tunnels."""

    def __init__(self, tunnels: TunnelActions) -> None:
        super().__init__(tunnels)
        self._tunnels = tunnels

    def disabled_reason(self) -> str | None:
        if reason := super().disabled_reason():
            return reason
        return READ_ONLY if self._tunnels.services.tunnels.read_only else None

    def completions(self) -> Sequence[str]:
        if not self._tunnels.is_connected:
            return ()
        return tuple(reversed(self._tunnels.services.histories.entries.texts(DESTINATIONS)))


class MakeTunnel(TunnelMaking):
    """Forward a port: of the node, or of a host that it reaches; on several marked nodes one each"""

    name = "tunnel"
    place = NODES
    keys = ("f",)
    leader_keys = ("f",)
    hint = "forward…"
    is_minor = True
    argument = FORM
    aliases = ("forward",)

    def run(self, argument: str = "") -> None:
        self._tunnels.make(argument)


class NewTunnel(TunnelMaking):
    """Make a tunnel to a node that you choose"""

    name = "tunnel-new"
    place = TUNNELS
    keys = ("n",)
    hint = "new"
    argument = FORM

    def run(self, argument: str = "") -> None:
        self._tunnels.make_to_chosen(argument)


class TunnelListCommand(CommandOn["TunnelsView"]):
    """A command on the list of tunnels."""

    place = TUNNELS
    missing = "The list of tunnels is not in front"

    def __init__(self, tunnels: TunnelActions) -> None:
        self._tunnels = tunnels

    def subject(self) -> TunnelsView | None:
        return self._tunnels.view

    @property
    def stage(self) -> Stage:
        """The app's."""
        return self._tunnels.stage


class TunnelCommand(CommandOn["TunnelSnapshot"]):
    """A command on the tunnel under the cursor of the list."""

    place = TUNNELS
    missing = "There is no tunnel under the cursor"

    def __init__(self, tunnels: TunnelActions) -> None:
        self._tunnels = tunnels

    def subject(self) -> TunnelSnapshot | None:
        view = self._tunnels.view
        return view.chosen if view is not None else None


class TunnelsCommand(TunnelListCommand):
    """A command on the marked tunnels, or on what is under the cursor."""

    def reason_against(self, view: TunnelsView) -> str | None:
        chosen = view.chosen_all
        return self.reason_against_all(chosen) if chosen else TunnelCommand.missing

    def reason_against_all(self, tunnels: Sequence[TunnelSnapshot]) -> str | None:
        """Why it cannot be done with these."""
        return None


class CopyAddress(TunnelsCommand):
    """Copy the tunnel's address on this machine; unfold a folded group"""

    name = "tunnel-copy"
    keys = ("enter",)
    hint = "copy address"

    def reason_against_all(self, tunnels: Sequence[TunnelSnapshot]) -> str | None:
        return None if any(one.address for one in tunnels) else "The tunnel has no address yet"

    def run_on(self, view: TunnelsView, argument: str) -> None:
        from ssmtui.ui.tunnels.addresses import reached_at

        if not view.marks and view.selected is not None and view.selected.is_folded:
            view.fold()
        else:
            self._tunnels.copy([text for one in view.chosen_all if (text := reached_at(one))], "their addresses")


class CopyUrl(TunnelsCommand):
    """Copy the tunnel's URL, such as postgresql://127.0.0.1:5432"""

    name = "tunnel-copy-url"
    keys = ("y",)
    hint = "copy URL"
    is_minor = True

    def reason_against_all(self, tunnels: Sequence[TunnelSnapshot]) -> str | None:
        from ssmtui.ui.tunnels.addresses import url_of

        if any(map(url_of, tunnels)):
            return None
        return "What listens on that port is not known by a URL; enter copies the address"

    def run_on(self, view: TunnelsView, argument: str) -> None:
        from ssmtui.ui.tunnels.addresses import url_of

        self._tunnels.copy([url for one in view.chosen_all if (url := url_of(one))], "their URLs")


class BrowseTunnel(TunnelCommand):
    """Open the tunnel in the browser"""

    name = "tunnel-browse"
    keys = ("o",)
    hint = "browser"
    is_minor = True

    def reason_against(self, tunnel: TunnelSnapshot) -> str | None:
        from ssmtui.ui.tunnels.addresses import service_of, web_address

        if web_address(tunnel):
            return "Nothing listens there any more" if not tunnel.state.live else None
        service = service_of(tunnel.forward)
        return f"{service.name} is nothing for a browser" if service.name else "The tunnel has no address yet"

    def run_on(self, tunnel: TunnelSnapshot, argument: str) -> None:
        from ssmtui.ui.tunnels.addresses import web_address

        self._tunnels.browse(web_address(tunnel))


class StopTunnels(TunnelsCommand):
    """Stop the tunnels that are marked, or the one under the cursor; forget those that are over"""

    name = "tunnel-close"
    keys = ("x", "delete")
    hint = "stop"

    def run_on(self, view: TunnelsView, argument: str) -> None:
        self._tunnels.stop(view.chosen_all)


class RestartTunnels(TunnelsCommand):
    """Start the tunnels that are marked, or the one under the cursor, again; the local ports stay"""

    name = "tunnel-reopen"
    keys = ("r",)
    hint = "restart"

    def run_on(self, view: TunnelsView, argument: str) -> None:
        self._tunnels.restart(view.chosen_all)


class GroupCommand(TunnelListCommand):
    """A command on all tunnels of a group."""

    def reason_against(self, view: TunnelsView) -> str | None:
        return None if view.group else "The tunnel belongs to no group"


class StopGroup(GroupCommand):
    """Stop all tunnels of the group; forget those that are over"""

    name = "tunnel-close-group"
    keys = ("X",)

    def run_on(self, view: TunnelsView, argument: str) -> None:
        self._tunnels.stop(view.group_members)


class RestartGroup(GroupCommand):
    """Start all tunnels of the group again"""

    name = "tunnel-reopen-group"
    keys = ("R",)

    def run_on(self, view: TunnelsView, argument: str) -> None:
        self._tunnels.restart(view.group_members)


class FoldGroup(GroupCommand):
    """Show one line for the whole group; again: a line for each tunnel"""

    name = "tunnel-fold"
    keys = ("z",)
    hint = "fold"
    is_minor = True

    def run_on(self, view: TunnelsView, argument: str) -> None:
        view.fold()


class FoldGroups(TunnelListCommand):
    """Fold all groups of tunnels; again: unfold them"""

    name = "tunnel-fold-all"
    keys = ("Z",)

    def run_on(self, view: TunnelsView, argument: str) -> None:
        view.fold_all()


class ForgetTunnels(TunnelListCommand):
    """Forget all tunnels that are closed or have failed"""

    name = "tunnel-forget"
    keys = ("D",)

    def reason_against(self, view: TunnelsView) -> str | None:
        over = [one for one in self._tunnels.services.tunnels.snapshots() if not one.state.live]
        return None if over else "No tunnel is over"

    def run_on(self, view: TunnelsView, argument: str) -> None:
        self._tunnels.forget(self._tunnels.services.tunnels.snapshots())


class EditTunnel(TunnelCommand):
    """Change a copy of the tunnel, and start that"""

    name = "tunnel-edit"
    keys = ("e",)
    hint = "edit a copy"
    is_minor = True

    def run_on(self, tunnel: TunnelSnapshot, argument: str) -> None:
        self._tunnels.edit(tunnel)


class ReadTunnelWarning(TunnelCommand):
    """Read in full what the tunnel warns of, and copy it"""

    name = "tunnel-warning"
    keys = ("W",)

    def reason_against(self, tunnel: TunnelSnapshot) -> str | None:
        return None if tunnel.warning else "The tunnel warns of nothing"

    def run_on(self, tunnel: TunnelSnapshot, argument: str) -> None:
        from ssmtui.ui.kit.warning import WarningScreen

        if tunnel.warning is not None:
            self._tunnels.stage.push_screen(WarningScreen(tunnel.warning))


class FilterTunnels(TunnelListCommand):
    """Filter the tunnels by words in address, destination, node, group or error (esc clears)"""

    name = "tunnel-filter"
    keys = ("slash",)
    hint = "filter"
    is_minor = True
    argument = "[words]"

    def run_on(self, view: TunnelsView, argument: str) -> None:
        if argument:
            view.set_filter(argument)
        else:
            view.edit_filter()


class SaveTunnelFilter(TunnelListCommand, table.SaveFilter):
    """Give the filter of tunnels a name, to be typed as @NAME in others"""

    name = "tunnel-save-filter"
    argument = "[name]"

    @property
    def filters(self) -> Filters:
        """Those of tunnels."""
        return self._tunnels.state.filters


class ChooseTunnelFilter(TunnelListCommand):
    """Choose or delete a saved filter of tunnels"""

    name = "tunnel-filters"
    keys = ("at",)

    def run_on(self, view: TunnelsView, argument: str) -> None:
        from ssmtui.ui.table.saving import choose_filter

        none = "There are none yet. Filter the tunnels, then :tunnel-save-filter NAME."
        choose_filter(self.stage, self._tunnels.state.filters, none, view.set_filter)


class MarkTunnel(TunnelListCommand, table.Mark):
    """Mark the tunnel, and go to the next; commands then act on all marked ones"""

    name = "tunnel-mark"
    keys = ("space",)
    hint = "mark"
    is_minor = True


class MarkTunnels(TunnelListCommand, table.MarkRange):
    """Mark a range of tunnels as the cursor moves; v again ends it, esc takes it back"""

    name = "tunnel-mark-range"
    keys = ("v",)


class ExtendTunnels(TunnelListCommand, table.Extend):
    """Mark a range of tunnels"""

    name = "tunnel-extend"
    keys = ("shift+down", "shift+up")


class MarkAllTunnels(TunnelListCommand, table.MarkAll):
    """Mark all tunnels that the filter shows; again: none of them"""

    name = "tunnel-mark-all"
    keys = ("ctrl+a",)


class SortTunnels(TunnelListCommand, table.Sort):
    """Sort the tunnels by other columns: several keys"""

    name = "tunnel-sort"
    keys = ("S",)
    argument = "[group,-rate]"


class TunnelColumns(TunnelListCommand, table.Columns):
    """Choose, order and size the columns of the list of tunnels"""

    name = "tunnel-columns"
    keys = ("C",)
    argument = "[local leads]"


class TallTunnelDetails(TunnelListCommand, table.TallDetails):
    """Show all that is known of the tunnel, or only the few lines below the list"""

    name = "tunnel-details"
    keys = ("d",)
    hint = "details"
    is_minor = True


class ScrollTunnelDetails(TunnelListCommand, table.ScrollDetails):
    """Scroll the details of the tunnel"""

    name = "tunnel-scroll-details"
    keys = ("right_square_bracket", "left_square_bracket")


class ClearTunnels(TunnelListCommand):
    """Take back the range, then the marks, then the filter; then close the list, all tunnels go on"""

    name = "tunnel-back"
    keys = ("escape",)
    in_palette = False

    def run_on(self, view: TunnelsView, argument: str) -> None:
        if view.marks or view.filter_text:
            table.clear_step(view)
        else:
            self._tunnels.close_view()


class LeaveTunnels(TunnelListCommand):
    """Close the list; all tunnels go on"""

    name = "tunnel-leave"
    keys = ("q",)
    hint = "back"
    in_palette = False

    def run_on(self, view: TunnelsView, argument: str) -> None:
        self._tunnels.close_view()


def commands_on(tunnels: TunnelActions) -> tuple[Reaching | TunnelListCommand | TunnelCommand, ...]:
    """All of them, in the order of the help."""
    return (
        ShowTunnels(tunnels),
        MakeTunnel(tunnels),
        CopyAddress(tunnels),
        CopyUrl(tunnels),
        BrowseTunnel(tunnels),
        StopTunnels(tunnels),
        RestartTunnels(tunnels),
        NewTunnel(tunnels),
        EditTunnel(tunnels),
        ReadTunnelWarning(tunnels),
        FoldGroup(tunnels),
        FoldGroups(tunnels),
        StopGroup(tunnels),
        RestartGroup(tunnels),
        ForgetTunnels(tunnels),
        FilterTunnels(tunnels),
        SaveTunnelFilter(tunnels),
        ChooseTunnelFilter(tunnels),
        MarkTunnel(tunnels),
        MarkTunnels(tunnels),
        ExtendTunnels(tunnels),
        MarkAllTunnels(tunnels),
        SortTunnels(tunnels),
        TunnelColumns(tunnels),
        TallTunnelDetails(tunnels),
        ScrollTunnelDetails(tunnels),
        ClearTunnels(tunnels),
        LeaveTunnels(tunnels),
    )
