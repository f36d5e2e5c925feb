"""The profiles as they are now: read from their files, followed on the disk, edited in place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.config.memory import Memory
from ssmtui.contained import Contained
from ssmtui.inventory.usage import NEVER, Use
from ssmtui.profiles.profile import Folder, Profile, Profiles
from ssmtui.profiles.shelves import DiskShelf, MemoryShelf, Shelf, refused
from ssmtui.profiles.uses import ProfileUses
from ssmtui.tasks import Tasks

POLL = 1.0
"""Seconds between two looks at the files."""


@dataclass(frozen=True, slots=True)
class Undo:
    """How to take an edit back."""

    label: str
    """What was done, in a few words: ``db shell deleted``."""
    before: str = field(repr=False)
    after: str = field(repr=False)
    """The whole text of the file, before and after."""
    renamed: tuple[str, str] | None = None
    """The names of a profile before and after."""


if TYPE_CHECKING:
    from ssmtui.profiles.editing import Edit
    from ssmtui.profiles.loading import Files, Loaded

    MakeEdit = Callable[[ModuleType], Edit]
    """Makes one of ``ssmtui.profiles.editing``, which is imported in the thread: it takes longer than a frame."""


class ProfileStore:
    """All profiles. Loop-bound: made and called on the event loop; files are read and written in a thread.

    Each edit is made to what the file holds at that moment, under its lock: two programs that run at once lose nothing
    of each other's.
    """

    def __init__(self, shelf: Shelf, memory: Memory, clock: Callable[[], float] = time.time) -> None:
        self.profiles = Profiles()
        """Replaced at each change."""
        self._viewers: list[Callable[[], None]] = []
        self._broken = Contained("profiles")
        self.shelf = shelf
        self.uses = ProfileUses(memory, clock)
        self.uses.on_change = self._announce
        self._files: Files = {}
        self._lock = asyncio.Lock()
        self._tasks = Tasks("profiles")
        self._watched: asyncio.Task[None] | None = None

    @classmethod
    def on_disk(cls, file: Path, shared: Path, memory: Memory) -> ProfileStore:
        """Of the person's ``file`` and the team's in the directory ``shared``; neither has to be there."""
        return cls(DiskShelf(file, shared), memory)

    @classmethod
    def in_memory(
        cls,
        memory: Memory,
        text: str = "",
        shared: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> ProfileStore:
        """Of texts, for as long as the program runs; ``shared`` are by file name."""
        return cls(MemoryShelf(text, shared), memory, clock)

    def subscribe(self, viewer: Callable[[], None]) -> Callable[[], None]:
        """Call ``viewer`` after the profiles, or their uses, have changed: by an edit here, by another program, by an
        editor. The returned function ends that."""
        self._viewers.append(viewer)
        return lambda: self._viewers.remove(viewer)

    def _announce(self) -> None:
        for viewer in tuple(self._viewers):
            self._broken.call(viewer)

    async def load(self) -> None:
        """Read everything; what is wrong is in :attr:`Profiles.problems`."""
        await asyncio.gather(self._refresh(), self.uses.load())

    def watch(self) -> None:
        """Read the files, and follow their changes from now on."""
        if self._watched is None:
            self._watched = self._tasks.start("watch", self._watch())

    async def close(self) -> None:
        """Stop, and wait until uses are written."""
        await self._tasks.close()
        await self.uses.close()

    # Uses

    def note_use(self, name: str) -> None:
        """A profile was opened."""
        self.uses.note(name)

    def used(self, name: str) -> Use:
        """How often a profile was opened, and when last."""
        return self.uses.uses.get(name, NEVER)

    # Edits: all raise ConfigurationError, and then nothing has changed

    async def put(
        self, name: str, values: Mapping[str, object | None], *, folder: str | None = None, new: bool = False
    ) -> Undo:
        """Set the given keys of a profile, values as TOML has them; None takes a key away. ``new``: there is none."""
        given = dict(values)
        if folder is not None:
            given["folder"] = folder or None
        if new:
            self._refuse_taken(name)
            return await self._edit(f"{name} made", lambda edits: edits.put_profile(name, given, new=True))
        self._own(name)
        return await self._edit(f"{name} changed", lambda edits: edits.put_profile(name, given, new=False))

    async def add(self, profiles: Mapping[str, Mapping[str, object]]) -> Undo:
        """Write several profiles that are new, all or none of them, values as TOML has them."""
        for name in profiles:
            self._refuse_taken(name)
        return await self._edit(f"{len(profiles)} connections added", lambda edits: edits.add_profiles(profiles))

    async def rename(self, old: str, new: str) -> Undo:
        """Give a profile another name; all that is written in it and about it stays."""
        self._own(old)
        if new != old:
            self._refuse_taken(new)
        undo = await self._edit(f"{old} renamed", lambda edits: edits.rename_profile(old, new), (old, new))
        self.uses.rename(old, new)
        return undo

    async def copy(self, name: str, new: str) -> Undo:
        """Write a profile again under another name, also one that is shared."""
        self._refuse_taken(new)
        own = self._known(name).own
        return await self._edit(f"{name} copied", lambda edits: edits.copy_profile(own, new))

    async def move(self, name: str, folder: str) -> Undo:
        """Put a profile into another folder; empty: the top."""
        self._own(name)
        return await self._edit(
            f"{name} moved", lambda edits: edits.put_profile(name, {"folder": folder or None}, new=False)
        )

    async def delete(self, name: str) -> Undo:
        """Remove a profile from the file, and the comments directly above it."""
        self._own(name)
        return await self._edit(f"{name} deleted", lambda edits: edits.delete_profile(name))

    async def put_folder(self, name: str, values: Mapping[str, object | None]) -> Undo:
        """Set the given keys of a folder, which is made where there is none. Over a shared one they win."""
        return await self._edit(f"folder {name} changed", lambda edits: edits.put_folder(name, values))

    async def rename_folder(self, old: str, new: str) -> Undo:
        """Give a folder another path, and all that are in it with it."""
        self._refuse_shared_folder(old)
        return await self._edit(f"folder {old} renamed", lambda edits: edits.rename_folder(old, new))

    async def delete_folder(self, name: str) -> Undo:
        """Remove a folder with all that is in it."""
        self._refuse_shared_folder(name)
        return await self._edit(f"folder {name} deleted", lambda edits: edits.delete_folder(name))

    async def undo(self, undo: Undo) -> None:
        """Take an edit back: exactly the bytes that were there before, at their place where others have edited too."""
        await self._edit(f"{undo.label}, undone", lambda edits: edits.take_back(undo.before, undo.after))
        if undo.renamed is not None:
            old, new = undo.renamed
            self.uses.rename(new, old)

    async def _edit(self, label: str, make: MakeEdit, renamed: tuple[str, str] | None = None) -> Undo:
        async with self._lock:
            before, after = await asyncio.to_thread(self._write, make)
        await self._refresh()
        return Undo(label, before, after, renamed)

    def _write(self, make: MakeEdit) -> tuple[str, str]:
        """The text of the file before and after. In a thread."""
        from ssmtui.profiles import editing

        edit = make(editing)
        texts = "", ""

        def change(text: str) -> str:
            nonlocal texts
            texts = text, edit(editing.current(text))
            return texts[1]

        self.shelf.edit(change)
        return texts

    def _known(self, name: str) -> Profile:
        profile = self.profiles.profiles.get(name)
        if profile is None:
            why = f"there is no connection {inert.line(name, 80)} any more"
            raise refused(why, "Nothing has been changed.")
        return profile

    def _own(self, name: str) -> None:
        profile = self._known(name)
        if profile.read_only:
            raise refused(f"{inert.line(name, 80)} is shared ({profile.place.file})", "Copy it first.")

    def _refuse_taken(self, name: str) -> None:
        if name in self.profiles.profiles:
            raise refused(f"there is a connection {inert.line(name, 80)} already", "Choose another name.")

    def _refuse_shared_folder(self, name: str) -> None:
        folder = self.profiles.folders.get(name)
        if folder is not None and _has_shared(folder, self.profiles):
            why = f"the folder {inert.line(name, 80)} is shared, or has shared connections in it"
            raise refused(why, "Make a folder of your own, and move or copy your connections there.")

    # Reading

    async def _watch(self) -> None:
        while True:
            await self._refresh()
            await asyncio.sleep(POLL)

    async def _refresh(self) -> None:
        """Read what has changed since the last time."""
        async with self._lock:
            new = await asyncio.to_thread(_load, self.shelf, self._files)
            if new is None:
                return
            changed = new.profiles != self.profiles
            self._files, self.profiles = new
        if changed:
            self._announce()


def _load(shelf: Shelf, known: Files) -> Loaded | None:
    from ssmtui.profiles.loading import load

    return load(shelf, known)


def _has_shared(folder: Folder, profiles: Profiles) -> bool:
    within = folder.name + "/"
    folders = (one for path, one in profiles.folders.items() if path == folder.name or path.startswith(within))
    members = (one for one in profiles.profiles.values() if f"{one.folder}/".startswith(within))
    return any(one.read_only for one in folders) or any(one.read_only for one in members)
