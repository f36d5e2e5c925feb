"""The workspaces: to bring one back, to delete or to rename it."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList

from ssmtui import inert
from ssmtui.errors import UsageError
from ssmtui.profiles.workspaces import LAST, PREVIOUS, Workspace, Workspaces
from ssmtui.ui.kit.choices import LETTERS, ChoiceDialog, Choices
from ssmtui.ui.kit.dialog import Key, plain
from ssmtui.ui.kit.prompt import Prompt
from ssmtui.ui.look import words
from ssmtui.ui.look.sheets import dialog_sheets

NAME_WIDTH = 22
NAMED = 3
"""Workspaces of a newer release that are named."""


class WorkspacesScreen(ChoiceDialog[str]):
    """Enter answers with the name of the chosen one, d deletes it, u brings back what was deleted last, R renames."""

    CSS_PATH = dialog_sheets("workspaces")
    KEYS = (
        *LETTERS,
        Key("enter", hint="show what would start"),
        Key("d,delete", "delete", "delete"),
        Key("u", "bring_back", "undo"),
        Key("R", "rename", "rename"),
    )

    def __init__(self, workspaces: Workspaces, now: Callable[[], float]) -> None:
        """``now`` returns the wall time."""
        super().__init__()
        self._book = workspaces
        self._now = now
        self._deleted: list[Workspace] = []
        self._none = plain("There are none yet. Open some tabs, then :workspace-save NAME.", "note")

    def compose(self) -> ComposeResult:
        """The newest first."""
        with Vertical(id="box") as box:
            box.border_title = "Workspaces"
            yield Choices()
            yield self._none
            if self._book.newer:
                names = ", ".join(inert.line(name, 30) for name in list(self._book.newer)[:NAMED])
                more = words.and_more(len(self._book.newer) - NAMED)
                yield plain(f"Saved by a newer release of ssmtui, which can bring them back: {names}{more}.", "note")
            yield self.key_line()

    def on_mount(self) -> None:
        """The newest is chosen."""
        self._show(0)
        self.choices.focus()

    @property
    def _shown(self) -> list[Workspace]:
        kept = [workspace for workspace in self._book.workspaces.values() if not workspace.is_empty]
        return sorted(kept, key=lambda workspace: workspace.saved_at, reverse=True)

    @property
    def _chosen(self) -> Workspace | None:
        shown = self._shown
        return shown[self.place] if self.place < len(shown) else None

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        if self._chosen is not None:
            self.dismiss(self._chosen.name)

    def action_delete(self) -> None:
        """Forget the chosen one."""
        if self._chosen is not None:
            self._deleted.append(self._book.delete(self._chosen.name))
            self._show(self.place)

    def action_bring_back(self) -> None:
        """Restore what was deleted last."""
        if self._deleted:
            workspace = self._deleted.pop()
            self._book.restore(workspace)
            self._show([each.name for each in self._shown].index(workspace.name))

    def action_rename(self) -> None:
        """Ask for another name."""
        workspace = self._chosen
        if workspace is None:
            return

        def answered(name: str | None) -> None:
            if name:
                try:
                    self._book.rename(workspace.name, name)
                except UsageError as error:
                    self.notify(inert.line(error.detail), severity="warning", markup=False)
                self._show(self.place)

        self.app.push_screen(Prompt("Rename the workspace", workspace.name), answered)

    def _show(self, place: int) -> None:
        shown = self._shown
        self.choices.show([self._line(workspace) for workspace in shown], min(place, max(0, len(shown) - 1)))
        self.choices.display = bool(shown)
        self._none.display = not shown

    def _line(self, workspace: Workspace) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(words.fit(inert.line(workspace.name, 80), NAME_WIDTH), "bold")
        age = words.ago(max(0.0, self._now() - workspace.saved_at))
        kept_up = {LAST: "kept up by itself", PREVIOUS: "before this run"}.get(workspace.name, "")
        tabs, sessions = len(workspace.tabs), len(workspace.sessions)
        held = words.count(tabs, "tab") + (f" of {words.count(sessions, 'session')}" if sessions > tabs else "")
        tunnels = words.count(len(workspace.tunnels), "tunnel") if workspace.tunnels else ""
        facts = [held if tabs or not tunnels else "", tunnels, age, kept_up]
        line.append("  " + "  ".join(fact for fact in facts if fact))
        named = [session.title for session in workspace.sessions[:10]]
        named += [one.forward.destination for one in (workspace.tunnels or ())[:10]]
        titles = ", ".join(inert.line(title, 30) for title in named)
        return line.append(f"  {titles}", self.style("dim"))
