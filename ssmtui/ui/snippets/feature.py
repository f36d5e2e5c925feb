"""Saved commands: one is chosen, what it asks is answered, and what it comes to is shown before it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.panes.commands import LiveSessionCommand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ssmtui.config.settings import Settings
    from ssmtui.config.snippets import Snippet
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes


class SendSnippet(LiveSessionCommand):
    """Send a saved command to the session, or to all of a broadcast, after a look at it"""

    name = "snippet"
    leader_keys = ("dollar_sign",)
    aliases = ("snippets",)
    argument = "[name]"

    def __init__(self, snippets: SnippetFeature) -> None:
        super().__init__(snippets.panes)
        self._snippets = snippets

    def reason_against(self, session: SessionSnapshot) -> str | None:
        if (reason := super().reason_against(session)) is not None:
            return reason
        if not session.accepts_input:
            return "The session is read-only" if session.read_only else "The session takes no input yet"
        if not self._snippets.known(session):
            return "There are no snippets: [snippets] in config.toml is where they are written"
        return None

    def completions(self) -> Sequence[str]:
        session = self.subject()
        return () if session is None or self.reason_against(session) else tuple(self._snippets.known(session))

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        from ssmtui.ui.snippets.sending import Sending

        Sending(self._snippets.panes, self._snippets.services.histories, session).begin(
            self._snippets.known(session), argument
        )


class SnippetFeature(Feature):
    """Saved commands of the settings and of profiles."""

    styles = dialog_sheets("snippets")

    def __init__(self, panes: Panes, settings: Settings) -> None:
        self.panes = panes
        self._settings = settings
        self.commands = (SendSnippet(self),)

    def known(self, session: SessionSnapshot) -> Mapping[str, Snippet]:
        """Those for ``session`` by name: its profile's, as they are now, those of the settings, and those that the
        files of profiles have for all sessions. Of several with one name the first counts."""
        saved = self.services.profiles.profiles
        profile = saved.profiles.get(session.request.options.profile)
        found = dict(profile.values.snippets) if profile is not None else {}
        for others in (self._settings.snippets, saved.snippets):
            found.update({name: snippet for name, snippet in others.items() if name not in found})
        return found
