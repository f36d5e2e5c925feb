"""Opens and copies saved connections, and shows what is wrong with their files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssmtui.profiles.profile import Profile
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy

if TYPE_CHECKING:
    from ssmtui.ui.profiles.context import ProfilesContext
    from ssmtui.ui.profiles.view.view import ProfilesView

NAMED = 40
"""Characters of a name in a message."""


def open_marked(view: ProfilesView, *, edit: bool = False) -> None:
    """Open the marked connections, or the one under the cursor; the view leaves once sessions are started."""
    from ssmtui.ui.profiles.opening import opening

    profiles = view.targets
    if not profiles:
        view.context.stage.tell("There is no connection under the cursor", severity="warning")
        return
    opening.open_profiles(view.context, profiles, edit=edit, then=view.close)


def open_folder(view: ProfilesView) -> None:
    """Open all connections of the folder that the cursor is on or in."""
    from ssmtui.ui.profiles.opening import opening

    profiles = view.outline.inside(view.place)
    if profiles:
        folder = view.store.profiles.folders.get(view.place)
        layout = folder.values.layout if folder is not None else ""
        opening.open_profiles(view.context, profiles, layout=layout, then=view.close)
    else:
        view.context.stage.tell("There is no connection in this folder", severity="warning")


def open_named(context: ProfilesContext, name: str) -> None:
    """Open the connection called ``name``, without the view."""
    from ssmtui.ui.profiles.opening import opening

    profile = context.services.profiles.profiles.profiles.get(name)
    if profile is not None:
        opening.open_profiles(context, [profile])
    else:
        context.stage.tell(
            f"There is no connection {tidy(name, NAMED)}; {context.key('connections')} shows those that there are",
            severity="warning",
        )


def copy_toml(view: ProfilesView) -> None:
    """Copy the connections as they would be written in a file."""
    from ssmtui.profiles import export

    profiles = view.targets
    if profiles:
        view.context.stage.copy_to_clipboard(export.pasteable(profiles), f"{all_named(profiles)} as TOML")


def copy_target(view: ProfilesView) -> None:
    """Copy the ids or filters of the connections."""
    found = [profile.values.target or profile.values.query for profile in view.targets]
    if any(found):
        text = "\n".join(filter(None, found))
        view.context.stage.copy_to_clipboard(
            text, tidy(found[0], 60) if len(found) == 1 else words.count(len(found), "target")
        )


def show_problems(view: ProfilesView) -> None:
    """Show all that is wrong with the files."""
    from ssmtui.ui.profiles.view.problems import ProfileProblems

    stage, problems = view.context.stage, view.store.profiles.problems
    if problems:
        stage.push_screen(ProfileProblems(problems))
    else:
        stage.tell("Nothing is wrong with the files of connections")


def all_named(profiles: Sequence[Profile]) -> str:
    """Connections in a message: the name of one, or how many they are."""
    return named(profiles[0].name) if len(profiles) == 1 else words.count(len(profiles), "connection")


def named(name: str) -> str:
    """A name in a message."""
    return tidy(name, NAMED)
