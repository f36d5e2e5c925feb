"""All features: what each stands on, and the order of their commands in the help. A new one is a line here."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol

from ssmtui.ui.access.feature import AccessFeature
from ssmtui.ui.accounts.feature import AccountFeature
from ssmtui.ui.attaching.feature import AttachingFeature
from ssmtui.ui.attention.feature import AttentionFeature
from ssmtui.ui.beginning.feature import BeginningFeature
from ssmtui.ui.broadcast.feature import BroadcastFeature
from ssmtui.ui.channel.feature import ChannelFeature
from ssmtui.ui.commands.moving import MovingFeature
from ssmtui.ui.control.feature import ControlFeature
from ssmtui.ui.copying.feature import CopyFeature
from ssmtui.ui.doctor.feature import DoctorFeature
from ssmtui.ui.frame.chrome import ChromeFeature, ChromeFrame
from ssmtui.ui.frame.leaving import LeavingFeature, Program
from ssmtui.ui.frame.suspending import Job, SuspendFeature
from ssmtui.ui.help.feature import HelpFeature, HelpFrame
from ssmtui.ui.near.feature import NearFeature
from ssmtui.ui.nodes.feature import FilterFeature, NodeFeature, TableFeature
from ssmtui.ui.overview.feature import OverviewFeature
from ssmtui.ui.panes.feature import TabsFeature
from ssmtui.ui.ports import OuterTerminal
from ssmtui.ui.profiles.feature import ProfileFeature
from ssmtui.ui.recordings.feature import RecordingFeature
from ssmtui.ui.sessions.feature import SessionsFeature
from ssmtui.ui.signing_in.feature import SigningInFeature
from ssmtui.ui.snippets.feature import SnippetFeature
from ssmtui.ui.start.feature import StartFeature
from ssmtui.ui.tunnels.feature import TunnelFeature
from ssmtui.ui.workspaces.feature import WorkspaceFeature

if TYPE_CHECKING:
    from ssmtui.browser import Browser
    from ssmtui.config.settings import LoadedSettings
    from ssmtui.ui.commands.base import Command
    from ssmtui.ui.frame.opening import ServicesOpening
    from ssmtui.ui.nodes.view import NodesView
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.services import AppFacts, Clock, Services
    from ssmtui.ui.terminals.searches import Searches


class Ports(Program, HelpFrame, ChromeFrame, OuterTerminal, Job, Protocol):
    """All that features ask of the app."""


class Features:
    """Made once, before the first frame."""

    def __init__(
        self,
        app: Ports,
        panes: Panes,
        view: NodesView,
        searches: Searches,
        opening: ServicesOpening,
        *,
        facts: AppFacts,
        loaded: LoadedSettings,
        clock: Clock,
        browser: Browser,
    ) -> None:
        settings = loaded.settings
        self._panes = panes
        self.start = StartFeature(panes, settings, clock)
        self.broadcast = BroadcastFeature(panes, lambda: view.marks.keys, app, clock)
        self.nodes = NodeFeature(view, self.start, opening, clock)
        self.tunnels = TunnelFeature(self.start, self.nodes, app, browser, clock)
        self.access = AccessFeature(self.start, clock, lambda: view.selected, settings.message_endpoints)
        self.copying = CopyFeature(panes, searches, settings.clipboard, browser)
        self.attaching = AttachingFeature(self.start, app, settings, clock)
        self.workspaces = WorkspaceFeature(self.start, self.tunnels, self.attaching, app, settings, clock)
        self.profiles = ProfileFeature(self.start, self.tunnels, view, app, clock)
        self.control = ControlFeature(panes, view, clock, self.start.take_overs.take_over)
        self.signing_in = SigningInFeature(panes, opening, opening, app, browser, clock)
        self.beginning = BeginningFeature(app, app, opening)
        self.all = (
            self.nodes,
            AccountFeature(app, clock, opening),
            self.signing_in,
            self.beginning,
            self.profiles,
            FilterFeature(self.nodes),
            self.access,
            DoctorFeature(panes, opening, facts, loaded, clock),
            TableFeature(self.nodes),
            MovingFeature(lambda: panes.front),
            self.workspaces,
            self.attaching,
            self.tunnels,
            TabsFeature(panes, app, app, escapes=settings.escape_sequences),
            self.broadcast,
            SessionsFeature(panes),
            self.control,
            NearFeature(self.tunnels, lambda: view.selected),
            OverviewFeature(self.broadcast, app, clock),
            AttentionFeature(panes, app, settings),
            RecordingFeature(panes),
            ChannelFeature(panes, clock),
            SnippetFeature(panes, settings),
            self.start,
            self.copying,
            HelpFeature(app, panes, loaded),
            ChromeFeature(app),
            SuspendFeature(app),
            LeavingFeature(app, app, panes, clock),
        )

    @property
    def commands(self) -> list[Command]:
        """All of them, in the order of the help."""
        return [command for feature in self.all for command in feature.commands]

    @property
    def styles(self) -> list[str | PurePath]:
        """The sheets of all dialogs, each once."""
        return list(dict.fromkeys(sheet for feature in self.all for sheet in feature.styles))

    def connect(self, services: Services) -> None:
        """AWS is reached."""
        self._panes.connect(services.manager)
        for feature in self.all:
            feature.connect(services)
