"""The profiles as they are now: read from their files, followed on the disk, edited in place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ssmtui import inert
from ssmtui.config.memory import Memory
from ssmtui.inventory.usage import NEVER, Use
from ssmtui.profiles import editing, undoing
from ssmtui.profiles.inheritance import combined
from ssmtui.profiles.profile import Folder, Profile, Profiles
from ssmtui.profiles.reading import Content
from ssmtui.profiles.shelves import Disk, Kept, Shelf, Stamp, read_all
from ssmtui.profiles.uses import ProfileUses
from ssmtui.tasks import TaskGroup

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


class _State(NamedTuple):
    files: Mapping[Path, tuple[Stamp, Content]]
    profiles: Profiles


class ProfileStore:
    """All profiles. Loop-bound: made and called on the event loop; files are read and written in a thread.

    Each edit is made to what the file holds at that moment, under its lock: two programs that run at once lose nothing
    of each other's.
    """

    def __init__(self, shelf: Shelf, memory: Memory, clock: Callable[[], float] = time.time) -> None:
        self.profiles = Profiles()
        """Replaced at each change."""
        self.on_change: Callable[[], None] = lambda: None
        """Told after the profiles, or their uses, have changed: by an edit here, by another program, by an editor."""
        self.shelf = shelf
        self.uses = ProfileUses(memory, clock)
        self.uses.on_change = lambda: self.on_change()
        self._files: Mapping[Path, tuple[Stamp, Content]] = {}
        self._lock = asyncio.Lock()
        self._tasks = TaskGroup("profiles")
        self._watched: asyncio.Task[None] | None = None

    @classmethod
    def on_disk(cls, file: Path, shared: Path, memory: Memory) -> ProfileStore:
        """Of the person's ``file`` and the team's in the directory ``shared``; neither has to be there."""
        return cls(Disk(file, shared), memory)

    @classmethod
    def in_memory(
        cls,
        memory: Memory,
        text: str = "",
        shared: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> ProfileStore:
        """Of texts, for as long as the program runs; ``shared`` are by file name."""
        return cls(Kept(text, shared), memory, clock)

    async def load(self) -> None:
        """Read everything; what is wrong is told in :attr:`Profiles.problems`."""
        await asyncio.gather(self._refresh(), self.uses.load())

    def watch(self) -> None:
        """Follow changes of the files from now on."""
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
            return await self._edit(f"{name} made", editing.put_profile(name, given, new=True))
        self._own(name)
        return await self._edit(f"{name} changed", editing.put_profile(name, given, new=False))

    async def rename(self, old: str, new: str) -> Undo:
        """Give a profile another name; all that is written in it and about it stays."""
        self._own(old)
        if new != old:
            self._refuse_taken(new)
        undo = await self._edit(f"{old} renamed", editing.rename_profile(old, new), (old, new))
        self.uses.rename(old, new)
        return undo

    async def copy(self, name: str, new: str) -> Undo:
        """Write a profile again under another name, also one that is shared."""
        self._refuse_taken(new)
        return await self._edit(f"{name} copied", editing.copy_profile(self._known(name).own, new))

    async def move(self, name: str, folder: str) -> Undo:
        """Put a profile into another folder; empty: the top."""
        self._own(name)
        return await self._edit(f"{name} moved", editing.put_profile(name, {"folder": folder or None}, new=False))

    async def delete(self, name: str) -> Undo:
        """Take a profile out of the file, and the comments directly above it."""
        self._own(name)
        return await self._edit(f"{name} deleted", editing.delete_profile(name))

    async def put_folder(self, name: str, values: Mapping[str, object | None]) -> Undo:
        """Set the given keys of a folder, which is made where there is none. Over a shared one they win."""
        return await self._edit(f"folder {name} changed", editing.put_folder(name, values))

    async def rename_folder(self, old: str, new: str) -> Undo:
        """Give a folder another path, and all that are in it with it."""
        self._refuse_shared_folder(old)
        return await self._edit(f"folder {old} renamed", editing.rename_folder(old, new))

    async def delete_folder(self, name: str) -> Undo:
        """Take a folder away with all that is in it."""
        self._refuse_shared_folder(name)
        return await self._edit(f"folder {name} deleted", editing.delete_folder(name))

    async def undo(self, undo: Undo) -> None:
        """Take an edit back: exactly the bytes that were there before, at their place where others have edited too."""
        await self._edit(f"{undo.label}, undone", lambda text: undoing.undone(text, undo.before, undo.after))
        if undo.renamed is not None:
            old, new = undo.renamed
            self.uses.rename(new, old)

    async def _edit(self, label: str, edit: editing.Edit, renamed: tuple[str, str] | None = None) -> Undo:
        texts = ["", ""]

        def change(text: str) -> str:
            texts[:] = text, edit(editing.current(text))
            return texts[1]

        async with self._lock:
            await asyncio.to_thread(self.shelf.edit, change)
        await self._refresh()
        return Undo(label, texts[0], texts[1], renamed)

    def _known(self, name: str) -> Profile:
        profile = self.profiles.profiles.get(name)
        if profile is None:
            why = f"there is no profile {inert.line(name, 80)} any more"
            raise editing.refused(why, "Nothing has been changed.")
        return profile

    def _own(self, name: str) -> None:
        profile = self._known(name)
        if profile.read_only:
            raise editing.refused(f"{inert.line(name, 80)} is shared ({profile.place.file})", "Copy it first.")

    def _refuse_taken(self, name: str) -> None:
        if name in self.profiles.profiles:
            raise editing.refused(f"there is a profile {inert.line(name, 80)} already", "Choose another name.")

    def _refuse_shared_folder(self, name: str) -> None:
        folder = self.profiles.folders.get(name)
        if folder is not None and _has_shared(folder, self.profiles):
            why = f"the folder {inert.line(name, 80)} is shared, or has shared profiles in it"
            raise editing.refused(why, "Make a folder of your own, and move or copy your profiles there.")

    # Reading

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            await self._refresh()

    async def _refresh(self) -> None:
        """Read what has changed since the last time."""
        async with self._lock:
            new = await asyncio.to_thread(self._look)
            if new is None:
                return
            changed = new.profiles != self.profiles
            self._files, self.profiles = new.files, new.profiles
        if changed:
            self.on_change()

    def _look(self) -> _State | None:
        """None where nothing has changed. In a thread."""
        stamps = self.shelf.stamps()
        if list(stamps.items()) == [(file, stamp) for file, (stamp, _) in self._files.items()]:
            return None
        files = read_all(self.shelf, stamps, self._files)
        return _State(files, combined([content for _, content in files.values()]))


def _has_shared(folder: Folder, profiles: Profiles) -> bool:
    within = folder.name + "/"
    folders = (one for path, one in profiles.folders.items() if path == folder.name or path.startswith(within))
    members = (one for one in profiles.profiles.values() if f"{one.folder}/".startswith(within))
    return any(one.read_only for one in folders) or any(one.read_only for one in members)
