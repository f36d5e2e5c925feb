"""What is done with saved connections: opened, edited, copied, moved, deleted, and all of that taken back.

Dialogs are imported here, when first opened: the first frame does not pay for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssmtui.inventory.query.errors import QueryError
from ssmtui.profiles.profile import Profile
from ssmtui.ui.kit.turns import Turns
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.profiles.form import offers as profile_offers
from ssmtui.ui.profiles.view import counting

if TYPE_CHECKING:
    from ssmtui.profiles.store import ProfileStore
    from ssmtui.ui.profiles.context import ProfilesContext
    from ssmtui.ui.profiles.view.view import ProfilesScreen

NAMED = 40
"""Characters of a name in a message."""


def show(context: ProfilesContext, text: str = "") -> None:
    """Open the view as it was left, or searching for ``text``."""
    from ssmtui.ui.profiles.view.view import ProfilesScreen

    state = context.state
    if text:
        state.text = text
    context.stage.push_screen(ProfilesScreen(context, context.services.profiles, state))


# Opening


def open_profiles(context: ProfilesContext, view: ProfilesScreen, *, edit: bool = False) -> None:
    """Open the marked connections, or the one under the cursor; the view leaves once sessions are started."""
    from ssmtui.ui.profiles.opening import opening

    profiles = view.targets
    if not profiles:
        context.stage.tell("There is no profile under the cursor", severity="warning")
        return
    opening.open_profiles(context, profiles, edit=edit)


def open_in_form(context: ProfilesContext, view: ProfilesScreen) -> None:
    """The same by way of the start form."""
    open_profiles(context, view, edit=True)


def open_folder(context: ProfilesContext, view: ProfilesScreen) -> None:
    """Open all connections of the folder that the cursor is on or in."""
    from ssmtui.ui.profiles.opening import opening

    profiles = view.outline.inside(view.place)
    if profiles:
        opening.open_profiles(context, profiles)
    else:
        context.stage.tell("There is no profile in this folder", severity="warning")


def open_named(context: ProfilesContext, name: str) -> None:
    """Open the connection called ``name``, without the view."""
    from ssmtui.ui.profiles.opening import opening

    profile = context.services.profiles.profiles.profiles.get(name)
    if profile is not None:
        opening.open_profiles(context, [profile])
    else:
        context.stage.tell(f"There is no profile {tidy(name, NAMED)}; p shows those that there are", severity="warning")


# Copies


def copy_toml(context: ProfilesContext, view: ProfilesScreen) -> None:
    """Copy the connections as they would be written in a file."""
    from ssmtui.profiles import export

    profiles = view.targets
    if profiles:
        context.stage.copy_to_clipboard(export.pasteable(profiles), f"{all_named(profiles)} as TOML")


def copy_target(context: ProfilesContext, view: ProfilesScreen) -> None:
    """Copy the ids or filters of the connections."""
    found = [profile.values.target or profile.values.query for profile in view.targets]
    if any(found):
        text = "\n".join(filter(None, found))
        context.stage.copy_to_clipboard(
            text, tidy(found[0], 60) if len(found) == 1 else words.count(len(found), "target")
        )


# Problems


def show_problems(context: ProfilesContext, store: ProfileStore) -> None:
    """Show all that is wrong with the files."""
    from ssmtui.ui.profiles.view.problems import ProfileProblems

    if store.profiles.problems:
        context.stage.push_screen(ProfileProblems(store.profiles.problems))
    else:
        context.stage.tell("Nothing is wrong with the files of profiles")


async def count_nodes(context: ProfilesContext, text: str, aws_profile: str, region: str) -> str:
    """How many of the listed nodes the filter ``text`` finds there, in words; empty where that cannot be told before
    something is filled in."""
    from ssmtui.profiles import template

    if any(template.has_places(each) for each in (text, aws_profile, region)):
        return ""
    try:
        query = profile_offers.query(context, text)
    except QueryError:
        return ""
    default = context.services.scope
    if aws_profile in ("", default.aws_profile):
        aws_profile, region = default.aws_profile or "", region or default.region
    rows = context.listed
    return counting.told(*await counting.matching_nodes(query, aws_profile, region, rows, Turns().give))


def all_named(profiles: Sequence[Profile]) -> str:
    """Connections in a message: the name of one, or how many they are."""
    return named(profiles[0].name) if len(profiles) == 1 else words.count(len(profiles), "profile")


def named(name: str) -> str:
    """A name in a message."""
    return tidy(name, NAMED)
