"""Edits, copies, moves and deletes saved connections and folders, and takes that back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.profiles.profile import Folder, Profile
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.profiles.actions import all_named, named
from ssmtui.ui.profiles.form import draft
from ssmtui.ui.profiles.form import offers as profile_offers
from ssmtui.ui.profiles.view.outline import last

if TYPE_CHECKING:
    from ssmtui.forwards.tunnel import TunnelSnapshot
    from ssmtui.profiles.store import ProfileStore, Undo
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.profiles.context import ProfilesContext
    from ssmtui.ui.profiles.view.view import ProfilesView

NAMES_SHOWN = 6
"""Connections that are named before their folder is deleted."""
MAX_NAME = 80


def edit(view: ProfilesView) -> None:
    """The form of what is under the cursor; of a shared connection that of a copy, after a question."""
    from ssmtui.ui.kit.confirm import Confirm
    from ssmtui.ui.profiles.form.form import ProfileForm

    row, store = view.lines.selected, view.store
    if row is None:
        view.context.stage.tell("There is no connection under the cursor", severity="warning")
        return
    item = row.item
    if not item.read_only:
        view.context.stage.push_screen(ProfileForm(view.context, store, item))
    elif isinstance(item, Folder):
        _is_shared(view.context, item)
    else:
        given, name = draft.source(item), free_name(store.profiles.profiles, item.name)

        def answered(yes: bool | None) -> None:
            if yes:
                view.context.stage.push_screen(ProfileForm(view.context, store, None, name=name, given=given), saved)

        def saved(name: str | None) -> None:
            if name is not None:
                view.show_item((False, name))

        lines = [f"It is written in {tidy(item.place.file.name, 60)}, which is only read here."]
        view.context.stage.push_screen(
            Confirm(f"{named(item.name)} is shared. Edit a copy of your own?", lines, "Copy"), answered
        )


def new_profile(view: ProfilesView) -> None:
    """An empty form, for a connection in the folder that the cursor is in."""
    from ssmtui.ui.profiles.form.form import ProfileForm

    def saved(name: str | None) -> None:
        if name is not None:
            view.show_item((False, name))

    given = {"folder": view.place} if view.place else {}
    view.context.stage.push_screen(ProfileForm(view.context, view.store, None, given=given), saved)


def save_session(context: ProfilesContext, session: SessionSnapshot, name: str = "") -> None:
    """The form of a new connection that starts what ``session`` was started with."""
    from ssmtui.profiles.from_session import own_of

    label = session.node.name if session.node is not None and session.node.name else session.title
    _save_as(context, name, label, own_of(session.request, session.node, context.services.scope))


def save_tunnels(context: ProfilesContext, tunnels: Sequence[TunnelSnapshot], name: str = "") -> None:
    """The form of a new connection that opens ``tunnels``, one at least and all of them to one node."""
    from ssmtui.profiles.from_session import own_of_tunnels

    services, first = context.services, tunnels[0]
    request, options = services.tunnels.request(first.key), first.options
    scope = request.scope or services.scope
    node = next((each for each in services.fleet.nodes_of(scope) if each.id == first.target), None)
    given = own_of_tunnels(
        [one.forward for one in tunnels],
        request,
        node,
        services.scope,
        sessions=options.sessions,
        keep_alive=options.keep_alive,
        database_user=options.database_user,
    )
    _save_as(context, name, f"{first.title} tunnel{'s' * (len(tunnels) > 1)}", given)


def _save_as(context: ProfilesContext, name: str, label: str, given: Mapping[str, object]) -> None:
    """The form of a new connection that says what is ``given``, of that ``name``, or else one made of ``label``."""
    from ssmtui.ui.profiles.form.form import ProfileForm

    store = context.services.profiles
    known = store.profiles.profiles
    if not name:
        label = " ".join(inert.line(label, MAX_NAME).replace("/", "-").split())[:MAX_NAME].strip()
        name = label if label not in known else free_name(known, label)

    def saved(name: str | None) -> None:
        if name is not None:
            context.stage.tell(f"Saved as {named(name)}; {context.key('connections')} in the list shows it")

    context.stage.push_screen(ProfileForm(context, store, None, name=name, given=given), saved)


def new_folder(view: ProfilesView) -> None:
    """A folder in the one that the cursor is in."""
    inside = f"{view.place}/" if view.place else ""

    async def make(path: str) -> None:
        view.context.state.did([await view.store.put_folder(path, {})])
        view.show_item((True, path))

    note = "A slash separates folders within each other: prod/db."
    _ask_name(view.context, "Name of the new folder", inside, make, note=note, check=_folder_check(view.store))


def copy(view: ProfilesView) -> None:
    """Copy a connection; a copy of a shared one is the person's own."""
    profile, store = view.profile, view.store
    if profile is None:
        view.context.stage.tell("There is no connection under the cursor: folders are not copied", severity="warning")
        return
    source = profile.name

    async def make(name: str) -> None:
        view.context.state.did([await store.copy(source, name)])
        view.show_item((False, name))

    name = free_name(store.profiles.profiles, source)
    _ask_name(view.context, f"Copy {named(source)} as", name, make, check=_name_check(store))


def rename(view: ProfilesView) -> None:
    """Rename what is under the cursor."""
    row, store = view.lines.selected, view.store
    if row is None or _is_shared(view.context, row.item):
        return
    old = row.item.name
    parent = old.rpartition("/")[0] if row.folder is not None else ""

    async def profile(name: str) -> None:
        if name != old:
            view.context.state.did([await store.rename(old, name)])
            view.show_item((False, name))

    async def folder(name: str) -> None:
        path = f"{parent}/{name}" if parent else name
        if path != old:
            view.context.state.did([await store.rename_folder(old, path)])
            view.show_item((True, path))

    if row.folder is None:
        _ask_name(view.context, "Rename the connection", old, profile, check=_name_check(store, old))
    else:
        _ask_name(view.context, "Rename the folder", last(old), folder, check=_folder_check(store, parent, old))


def move(view: ProfilesView) -> None:
    """Move the marked connections or the one under the cursor to another folder."""
    profiles, store = view.targets, view.store
    if not profiles:
        view.context.stage.tell(
            f"There is no connection under the cursor; {view.context.key('connection-rename')} renames a folder",
            severity="warning",
        )
        return
    if any(_is_shared(view.context, profile) for profile in profiles):
        return
    what = all_named(profiles)

    async def make(folder: str) -> None:
        moved = [profile for profile in profiles if profile.folder != folder]
        undos: list[Undo] = []
        try:
            for profile in moved:
                undos.append(await store.move(profile.name, folder))
        finally:
            view.context.state.did(undos)
        view.clear_marks()
        view.show_item((False, profiles[0].name))
        if moved:
            view.context.stage.tell(
                f"Moved {what} to {named(folder) if folder else 'the top'}; {_undo(view)}",
                seconds=6,
            )

    def chosen(folder: str | None) -> None:
        if folder is not None:
            work(view.context, make(folder))

    view.context.stage.push_screen(
        profile_offers.pick_folder(f"Move {what} to", store, profiles[0].folder, verb="move it there"), chosen
    )


def delete(view: ProfilesView) -> None:
    """Delete the marked connections or what is under the cursor; a folder with connections is asked about."""
    folder = view.folder
    if folder is not None and not view.marked:
        _delete_folder(view, folder)
        return
    profiles, store = view.targets, view.store
    if not profiles or any(_is_shared(view.context, profile) for profile in profiles):
        return

    async def make() -> None:
        undos: list[Undo] = []
        try:
            for profile in profiles:
                undos.append(await store.delete(profile.name))
        finally:
            view.context.state.did(undos)
        view.context.stage.tell(f"Deleted {all_named(profiles)}; {_undo(view)}", seconds=6)

    work(view.context, make())


def _delete_folder(view: ProfilesView, folder: Folder) -> None:
    from ssmtui.ui.kit.confirm import Confirm

    if _is_shared(view.context, folder):
        return
    inside = view.outline.inside(folder.name)

    async def make() -> None:
        view.context.state.did([await view.store.delete_folder(folder.name)])
        view.context.stage.tell(f"Deleted the folder {named(folder.name)}; {_undo(view)}", seconds=6)

    def answered(yes: bool | None) -> None:
        if yes:
            work(view.context, make())

    if not inside:
        work(view.context, make())
        return
    names = words.indented(inside, NAMES_SHOWN, lambda profile: named(profile.name))
    question = f"Delete the folder {named(folder.name)} and the {words.count(len(inside), 'connection')} in it?"
    view.context.stage.push_screen(Confirm(question, names, "Delete", f"{_undo(view)}."), answered)


def undo(view: ProfilesView) -> None:
    """Take back what was done last."""
    steps = view.context.state.steps
    if not steps:
        view.context.stage.tell("There is nothing to take back")
        return
    undos = steps.pop()

    async def back() -> None:
        for each in reversed(undos):
            await view.store.undo(each)
        view.context.stage.tell(f"Taken back: {tidy(undos[0].label, 80)}{words.and_more(len(undos) - 1)}")

    work(view.context, back())


def _undo(view: ProfilesView) -> str:
    return f"{view.context.key('connection-undo')} takes it back"


def free_name(known: Container[str], name: str) -> str:
    """A name like ``name`` that is not in ``known``."""
    number, base = 2, name[: MAX_NAME - 5].rstrip()
    while (found := f"{base} {number}") in known:
        number += 1
    return found


def work(context: ProfilesContext, doing: Awaitable[object]) -> None:
    """Change the files in a worker; report why if that fails."""

    async def run() -> None:
        try:
            await doing
        except SsmtuiError as error:
            context.stage.tell_error(error)

    context.stage.run_worker(run(), name="profiles", group="profiles")


def _ask_name(
    context: ProfilesContext,
    question: str,
    text: str,
    then: Callable[[str], Awaitable[None]],
    *,
    check: Callable[[str], str],
    note: str = "",
) -> None:
    from ssmtui.ui.kit.prompt import Prompt

    def answered(name: str | None) -> None:
        if name is not None and name.strip() != "":
            work(context, then(name.strip()))

    context.stage.push_screen(Prompt(question, text, note, check=check), answered)


def _name_check(store: ProfileStore, own: str = "") -> Callable[[str], str]:
    from ssmtui.profiles import checks

    def check(text: str) -> str:
        name = text.strip()
        if name != own and name in store.profiles.profiles:
            return "There is a connection of that name"
        return profile_offers.checked(checks.name, name)

    return check


def _folder_check(store: ProfileStore, parent: str = "", own: str = "") -> Callable[[str], str]:
    from ssmtui.profiles import checks

    def check(text: str) -> str:
        path = f"{parent}/{text.strip()}" if parent else text.strip()
        if path != own and path in store.profiles.folders:
            return "There is a folder of that name"
        return profile_offers.checked(checks.folder, path) if path else "It needs a name"

    return check


def _is_shared(context: ProfilesContext, item: Folder | Profile) -> bool:
    """Whether it is in a read-only file; if so, say that."""
    if item.read_only:
        remedy = (
            f"{context.key('connection-copy')} makes a copy of your own"
            if isinstance(item, Profile)
            else f"{context.key('connection-new-folder')} makes a folder of your own"
        )
        context.stage.tell(f"{named(item.name)} is in a shared file; {remedy}", severity="warning", seconds=6)
    return item.read_only
