"""Commands in the view of profiles. What they do is imported when it is first done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import LISTS, CommandOn, Place

if TYPE_CHECKING:
    from ssmtui.ui.profiles.view.view import ProfilesView

PROFILES = Place("In the view of connections", LISTS)


class ViewCommand(CommandOn["ProfilesView"]):
    """A command on the view in front, or on what is under its cursor."""

    place = PROFILES
    missing = "The connections are not shown"

    def __init__(self, in_front: Callable[[], ProfilesView | None]) -> None:
        """``in_front`` gives the view where it is in front."""
        self._in_front = in_front

    def subject(self) -> ProfilesView | None:
        return self._in_front()


class OpenInView(ViewCommand):
    """Open the connection or all marked ones; a folder opens and closes"""

    name = "connection-open"

    aliases = ("profile-open",)
    keys = ("enter",)
    hint = "open"

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import actions

        if not view.toggle_folder():
            actions.open_marked(view)


class SearchProfiles(ViewCommand):
    """Search as you type: words, or the beginnings of words"""

    name = "connection-search"

    aliases = ("profile-search",)
    keys = ("slash",)
    hint = "search"

    def run_on(self, view: ProfilesView, argument: str) -> None:
        view.edit_search()


class EditProfile(ViewCommand):
    """Edit the connection, or the defaults of the folder"""

    name = "connection-edit"

    aliases = ("profile-edit",)
    keys = ("e",)
    hint = "edit"

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import edits

        edits.edit(view)


class NewProfile(ViewCommand):
    """Make a new connection in this folder"""

    name = "connection-new"

    aliases = ("profile-new",)
    keys = ("n",)
    hint = "new"

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import edits

        edits.new_profile(view)


class DeleteProfile(ViewCommand):
    """Delete the connection, all marked ones or the folder"""

    name = "connection-delete"

    aliases = ("profile-delete",)
    keys = ("d", "delete")
    hint = "delete"

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import edits

        edits.delete(view)


class UndoProfileEdit(ViewCommand):
    """Take back the last change, and the one before it"""

    name = "connection-undo"

    aliases = ("profile-undo",)
    keys = ("u",)
    hint = "undo"
    is_minor = True

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import edits

        edits.undo(view)


class OpenFolder(ViewCommand):
    """Open all connections of the folder"""

    name = "connection-open-folder"

    aliases = ("profile-open-folder",)
    keys = ("o",)
    hint = "open folder"
    is_minor = True

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import actions

        actions.open_folder(view)


class OpenInForm(ViewCommand):
    """Open the connection by way of the start form"""

    name = "connection-start"

    aliases = ("profile-start",)
    keys = ("s",)

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import actions

        actions.open_marked(view, edit=True)


class NewFolder(ViewCommand):
    """Make a new folder in this one"""

    name = "connection-new-folder"

    aliases = ("profile-new-folder",)
    keys = ("N",)

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import edits

        edits.new_folder(view)


class CopyProfile(ViewCommand):
    """Copy the connection under another name"""

    name = "connection-copy"

    aliases = ("profile-copy",)
    keys = ("c",)
    hint = "copy"
    is_minor = True

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import edits

        edits.copy(view)


class MoveProfile(ViewCommand):
    """Move the connection or all marked ones to another folder"""

    name = "connection-move"

    aliases = ("profile-move",)
    keys = ("m",)
    hint = "move"
    is_minor = True

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import edits

        edits.move(view)


class RenameProfile(ViewCommand):
    """Rename the connection or the folder"""

    name = "connection-rename"

    aliases = ("profile-rename",)
    keys = ("R",)
    hint = "rename"
    is_minor = True

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import edits

        edits.rename(view)


class CopyToml(ViewCommand):
    """Copy the connection or all marked ones as TOML"""

    name = "connection-copy-toml"

    aliases = ("profile-copy-toml",)
    keys = ("y",)

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import actions

        actions.copy_toml(view)


class CopyTarget(ViewCommand):
    """Copy the target or the filter of the connection"""

    name = "connection-copy-target"

    aliases = ("profile-copy-target",)
    keys = ("Y",)

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import actions

        actions.copy_target(view)


class ShowProfileProblems(ViewCommand):
    """Show all that is wrong with the files"""

    name = "connection-problems"

    aliases = ("profile-problems",)
    keys = ("E",)

    def run_on(self, view: ProfilesView, argument: str) -> None:
        from ssmtui.ui.profiles import actions

        actions.show_problems(view)


class MarkProfile(ViewCommand):
    """Mark the connection, or all of a folder; commands then act on all marked ones"""

    name = "connection-mark"

    aliases = ("profile-mark",)
    keys = ("space",)
    hint = "mark"
    is_minor = True

    def run_on(self, view: ProfilesView, argument: str) -> None:
        view.mark()


class MarkAllProfiles(ViewCommand):
    """Mark all that are found; again: none"""

    name = "connection-mark-all"

    aliases = ("profile-mark-all",)
    keys = ("ctrl+a",)

    def run_on(self, view: ProfilesView, argument: str) -> None:
        view.mark_all()


class OrderProfiles(ViewCommand):
    """Change the order: in folders (1), the last used first (2), the most used first (3); tab goes round"""

    name = "connection-order"

    aliases = ("profile-order",)
    keys = ("tab", "1", "2", "3")
    takes_key = True
    hint = "order"
    is_minor = True
    argument = "[1|2|3]"

    def run_on(self, view: ProfilesView, argument: str) -> None:
        view.choose_order(argument)


class TallProfileDetails(ViewCommand):
    """More or less of the details, where they are below"""

    name = "connection-details"

    aliases = ("profile-details",)
    keys = ("i",)

    def run_on(self, view: ProfilesView, argument: str) -> None:
        view.toggle_tall()


class ScrollProfileDetails(ViewCommand):
    """Scroll the details down (]) or up ([)"""

    name = "connection-scroll-details"

    aliases = ("profile-scroll-details",)
    keys = ("right_square_bracket", "left_square_bracket")
    takes_key = True
    in_palette = False

    def run_on(self, view: ProfilesView, argument: str) -> None:
        view.scroll_details(1 if argument.startswith("right") else -1)


class Unfold(ViewCommand):
    """Open the folder"""

    name = "connection-unfold"

    aliases = ("profile-unfold",)
    keys = ("right", "l")
    in_palette = False

    def run_on(self, view: ProfilesView, argument: str) -> None:
        view.fold(is_open=True)


class Fold(ViewCommand):
    """Close the folder, or go to it"""

    name = "connection-fold"

    aliases = ("profile-fold",)
    keys = ("left", "h")
    in_palette = False

    def run_on(self, view: ProfilesView, argument: str) -> None:
        view.fold(is_open=False)


class LeaveProfiles(ViewCommand):
    """Take the marks back, then the search, then close the view"""

    name = "connection-back"

    aliases = ("profile-back",)
    keys = ("escape", "q")
    hint = "back"
    in_palette = False

    def run_on(self, view: ProfilesView, argument: str) -> None:
        if not view.take_back():
            view.close()


ALL = (
    OpenInView,
    SearchProfiles,
    EditProfile,
    NewProfile,
    DeleteProfile,
    UndoProfileEdit,
    OpenFolder,
    OpenInForm,
    NewFolder,
    MarkProfile,
    MarkAllProfiles,
    OrderProfiles,
    CopyProfile,
    MoveProfile,
    RenameProfile,
    CopyToml,
    CopyTarget,
    ShowProfileProblems,
    TallProfileDetails,
    ScrollProfileDetails,
    Unfold,
    Fold,
    LeaveProfiles,
)
"""In the order of the help, and as far as they have one of their hints."""
