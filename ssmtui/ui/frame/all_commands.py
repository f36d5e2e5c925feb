"""All commands, in the order of the help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.access import commands as access
from ssmtui.ui.accounts import commands as accounts
from ssmtui.ui.commands.base import Command
from ssmtui.ui.copying import commands as copying
from ssmtui.ui.frame import commands as leaving
from ssmtui.ui.help import commands as general
from ssmtui.ui.nodes import commands as nodes
from ssmtui.ui.nodes.filter import commands as filters
from ssmtui.ui.nodes.table import commands as table
from ssmtui.ui.panes import commands as tabs
from ssmtui.ui.profiles import commands as profiles
from ssmtui.ui.recordings import commands as recordings
from ssmtui.ui.start import commands as ended
from ssmtui.ui.tunnels import commands as tunnels
from ssmtui.ui.workspaces import commands as workspaces

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp

COMMANDS: tuple[type[Command], ...] = (
    *nodes.COMMANDS,
    *accounts.COMMANDS,
    *profiles.COMMANDS,
    *filters.COMMANDS,
    *access.COMMANDS,
    *table.COMMANDS,
    *workspaces.COMMANDS,
    *tunnels.COMMANDS,
    *tabs.COMMANDS,
    *recordings.COMMANDS,
    *ended.COMMANDS,
    *copying.COMMANDS,
    *general.COMMANDS,
    *leaving.COMMANDS,
)


def all_commands(app: SsmtuiApp) -> list[Command]:
    """All of them, bound to ``app``."""
    return [command(app) for command in COMMANDS]
