"""The store: reads, follows and edits the files, and takes edits back."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ssmtui.config.memory import Memory
from ssmtui.errors import ConfigurationError
from ssmtui.profiles import store as store_module
from ssmtui.profiles.store import ProfileStore
from tests.support.wait import wait_until

TEXT = """\
# mine
version = 1

[folders.prod]
guard = true   # careful

# the shell that I use most
[profiles."db shell"]
folder = "prod"
target = "i-1"
colour = "red"  # not a key

[profiles.web]
query = "name:web"
parameters = { command = "htop", user = "root" } # see wiki
"""
SHARED = """\
[profiles.bastion]
folder = "team"
query = "name:bastion"
unknown = 7
"""


class Files:
    """A configuration directory and stores of it."""

    def __init__(self, directory: Path) -> None:
        self.own = directory / "profiles.toml"
        self.shared = directory / "profiles.d"
        self.shared.mkdir()
        self.memory = Memory(directory / "memory.json")
        self.own.write_text(TEXT)
        (self.shared / "team.toml").write_text(SHARED)

    @property
    def text(self) -> str:
        return self.own.read_text()

    @asynccontextmanager
    async def store(self) -> AsyncIterator[ProfileStore]:
        store = ProfileStore.on_disk(self.own, self.shared, self.memory)
        await store.load()
        try:
            yield store
        finally:
            await store.close()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


async def test_both_places_are_read(files: Files) -> None:
    async with files.store() as store:
        assert list(store.profiles.profiles) == ["db shell", "web", "bastion"]
        assert list(store.profiles.folders) == ["prod", "team"]
        bastion = store.profiles.profiles["bastion"]
        assert (bastion.read_only, bastion.place.line) == (True, 1)
        assert store.profiles.profiles["db shell"].values.guard


async def test_nothing_there_is_fine_and_nothing_is_made(tmp_path: Path) -> None:
    store = ProfileStore.on_disk(tmp_path / "none" / "profiles.toml", tmp_path / "none" / "profiles.d", Memory(None))
    await store.load()
    assert not store.profiles.profiles
    assert not store.profiles.problems
    assert not os.listdir(tmp_path)
    await store.put("first", {"target": "i-1"}, new=True)
    assert store.shelf.file.read_text() == 'version = 1\n\n[profiles.first]\ntarget = "i-1"\n'
    assert store.shelf.file.stat().st_mode & 0o777 == 0o600
    await store.close()


async def test_only_the_given_keys_are_edited(files: Files) -> None:
    async with files.store() as store:
        await store.put("web", {"parameters": {"command": "top", "user": "root"}, "size": "132x43"})
        assert files.text == TEXT.replace('"htop"', '"top"').replace(
            "} # see wiki\n", '} # see wiki\nsize = "132x43"\n'
        )
        await store.put("web", {"size": None, "parameters": None})
        assert files.text == TEXT.replace('parameters = { command = "htop", user = "root" } # see wiki\n', "")


async def test_new_ones_are_appended_with_what_they_say_in_the_order_of_keys(files: Files) -> None:
    async with files.store() as store:
        await store.put("new one", {"on_connect": "ls\n", "query": "name:db"}, folder="prod", new=True)
        assert files.text == TEXT + (
            '\n[profiles."new one"]\nfolder = "prod"\nquery = "name:db"\non_connect = "ls\\n"\n'
        )
        assert store.profiles.profiles["new one"].values.guard


async def test_a_deleted_one_comes_back_with_every_byte(files: Files) -> None:
    async with files.store() as store:
        undo = await store.delete("db shell")
        assert "db shell" not in files.text
        assert "the shell that I use most" not in files.text
        assert undo.label == "db shell deleted"
        await store.undo(undo)
        assert files.text == TEXT


async def test_a_deleted_one_comes_back_at_its_place_after_other_edits(files: Files) -> None:
    async with files.store() as store:
        undo = await store.delete("db shell")
        await store.put("web", {"color": "red"})
        files.own.write_text(files.text.replace("# mine", "# mine, edited"))
        await store.undo(undo)
        assert files.text == TEXT.replace("# mine", "# mine, edited") + 'color = "red"\n'


async def test_a_deleted_one_comes_back_at_the_end_where_its_place_is_gone(files: Files) -> None:
    async with files.store() as store:
        undo = await store.delete("db shell")
        files.own.write_text('[profiles.other]\ntarget = "i-9"\n')
        await store.undo(undo)
        back = store.profiles.profiles["db shell"]
        assert (back.values.target, back.own["colour"]) == ("i-1", "red")
        assert files.text == (
            '[profiles.other]\ntarget = "i-9"\n\n# the shell that I use most\n[profiles."db shell"]\n'
            'folder = "prod"\ntarget = "i-1"\ncolour = "red"  # not a key\n'
        )


async def test_the_only_one_comes_back_beside_one_that_is_new_and_the_first_goes_again(files: Files) -> None:
    files.own.write_text('[profiles.only]\ntarget = "i-1"\n')
    async with files.store() as store:
        deleted = await store.delete("only")
        made = await store.put("new", {"target": "i-2"}, new=True)
        await store.undo(deleted)
        assert [name for name, one in store.profiles.profiles.items() if not one.read_only] == ["new", "only"]
        await store.undo(made)
        assert [name for name, one in store.profiles.profiles.items() if not one.read_only] == ["only"]
        again = await store.delete("only")
        await store.put("only", {"target": "i-3"}, new=True)
        with pytest.raises(ConfigurationError, match=r"there is a new profiles\.only since"):
            await store.undo(again)


async def test_what_was_edited_again_is_not_undone(files: Files) -> None:
    async with files.store() as store:
        undo = await store.put("web", {"query": "name:api"})
        await store.put("web", {"query": "name:other"})
        text = files.text
        with pytest.raises(ConfigurationError, match=r"profiles\.web\.query has been changed again since"):
            await store.undo(undo)
        assert files.text == text


async def test_a_renamed_one_keeps_all_and_its_use(files: Files) -> None:
    async with files.store() as store:
        store.note_use("db shell")
        undo = await store.rename("db shell", "shell")
        assert files.text == TEXT.replace('"db shell"', '"shell"')
        assert (store.used("shell").times, store.used("db shell").times) == (1, 0)
        await store.undo(undo)
        assert files.text == TEXT
        assert store.used("db shell").times == 1


async def test_a_copy_of_a_shared_one_is_the_persons(files: Files) -> None:
    async with files.store() as store:
        await store.copy("bastion", "my bastion")
        mine = store.profiles.profiles["my bastion"]
        assert (mine.read_only, mine.folder, mine.own["unknown"]) == (False, "team", 7)


async def test_moves(files: Files) -> None:
    async with files.store() as store:
        await store.move("db shell", "")
        assert files.text == TEXT.replace('folder = "prod"\n', "")
        await store.move("web", "prod/web")
        assert store.profiles.profiles["web"].values.guard


async def test_what_says_nothing_yet_has_a_header_of_its_own(files: Files) -> None:
    async with files.store() as store:
        await store.put_folder("new one/deep", {})
        await store.put("empty", {}, new=True)
        assert files.text == TEXT + '\n[folders."new one/deep"]\n\n[profiles.empty]\n'
        await store.put_folder("new one/deep", {"color": "red"})
        assert '\n[folders."new one/deep"]\ncolor = "red"\n' in files.text
        files.own.write_text("folders = {}\n")
        await store.put_folder("a", {})
        assert "a" in store.profiles.folders


@pytest.mark.parametrize("name", ["put", "rename", "move", "delete"])
async def test_a_shared_one_is_not_edited(files: Files, name: str) -> None:
    arguments = {"put": ({"color": "red"},), "rename": ("other",), "move": ("prod",), "delete": ()}[name]
    async with files.store() as store:
        with pytest.raises(ConfigurationError, match=r"bastion is shared .*team\.toml\)\. Copy it first"):
            await getattr(store, name)("bastion", *arguments)
    assert (files.shared / "team.toml").read_text() == SHARED
    assert files.text == TEXT


async def test_folders_are_renamed_with_all_that_names_them(files: Files) -> None:
    async with files.store() as store:
        await store.put_folder("prod/db", {"color": "red"})
        await store.put_folder("test", {"extends": "prod/db"})
        before = files.text
        undo = await store.rename_folder("prod", "live")
        assert list(store.profiles.folders) == ["live", "live/db", "team", "test"]
        assert store.profiles.profiles["db shell"].folder == "live"
        assert store.profiles.folders["test"].values.color == "red"
        await store.undo(undo)
        assert files.text == before


async def test_a_folder_goes_with_all_that_is_in_it_and_comes_back(files: Files) -> None:
    async with files.store() as store:
        undo = await store.delete_folder("prod")
        assert list(store.profiles.profiles) == ["web", "bastion"]
        await store.undo(undo)
        assert files.text == TEXT


async def test_a_folder_with_shared_ones_in_it_stays(files: Files) -> None:
    async with files.store() as store:
        for attempt in (store.delete_folder("team"), store.rename_folder("team", "other")):
            with pytest.raises(ConfigurationError, match="shared"):
                await attempt


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"color": "purple"}, "color must be one of red, yellow"),
        ({"colour": "red"}, "there is no key colour. Did you mean color"),
        ({"query": "name:web is:nonsense"}, "query cannot be read as a filter at character"),
    ],
)
async def test_what_cannot_be_used_is_not_written(files: Files, values: dict[str, object], said: str) -> None:
    async with files.store() as store:
        with pytest.raises(ConfigurationError, match=said):
            await store.put("web", values)
    assert files.text == TEXT


async def test_names_that_are_taken_or_no_names(files: Files) -> None:
    async with files.store() as store:
        for name, said in (
            ("web", "already"),
            ("bastion", "already"),
            ("a/b", "slash"),
            ("a\nb", "control"),
            ("", "empty"),
        ):
            with pytest.raises(ConfigurationError, match=said):
                await store.put(name, {"target": "i-1"}, new=True)
            with pytest.raises(ConfigurationError, match=said):
                await store.copy("db shell", name)
            with pytest.raises(ConfigurationError, match=said):
                await store.rename("db shell", name)
    assert files.text == TEXT


async def test_changes_on_the_disk_are_told_once_and_own_edits_once(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "POLL", 0.01)
    async with files.store() as store:
        told: list[int] = []
        store.subscribe(lambda: told.append(len(store.profiles.profiles)))
        looks = 0
        look = store.shelf.stamps

        def counted() -> object:
            nonlocal looks
            looks += 1
            return look()

        monkeypatch.setattr(store.shelf, "stamps", counted)
        store.watch()
        await store.put("web", {"color": "red"})
        await wait_until("it has looked again", lambda: looks > 4)
        assert told == [3]
        files.own.write_text(TEXT + '\n[profiles.more]\ntarget = "i-2"\n')
        await wait_until("it is told", lambda: len(told) > 1)
        (files.shared / "another.toml").write_text('[profiles.another]\ntarget = "i-3"\n')
        await wait_until("it is told", lambda: len(told) > 2)
        assert told == [3, 4, 5]


async def test_a_file_that_breaks_keeps_what_it_said(files: Files) -> None:
    async with files.store() as store:
        files.own.write_text(TEXT + "\n[profiles.\n")
        await store.load()
        assert "db shell" in store.profiles.profiles
        problem = next(one for one in store.profiles.problems if "stays in effect" in one.text)
        assert problem.place.line == len(TEXT.splitlines()) + 2
        with pytest.raises(ConfigurationError, match="not valid TOML"):
            await store.put("web", {"color": "red"})
        files.own.write_text(TEXT)
        await store.load()
        assert not any("stays" in one.text for one in store.profiles.problems)


async def test_two_programs_lose_nothing_of_each_other(files: Files) -> None:
    async with files.store() as one, files.store() as other:
        await one.put("web", {"color": "red"})
        await other.put("web", {"icon": "w"})
        await other.put("db shell", {"region": "eu-west-1"})
        await one.load()
        web = one.profiles.profiles["web"].values
        assert (web.color, web.icon) == ("red", "w")
        await other.delete("web")
        with pytest.raises(ConfigurationError, match="no connection web in the file any more"):
            await one.put("web", {"color": "green"})


async def test_a_newer_version_is_read_and_not_written(files: Files) -> None:
    files.own.write_text(TEXT.replace("version = 1", "version = 2"))
    async with files.store() as store:
        assert "db shell" in store.profiles.profiles
        assert any("version 2" in problem.text for problem in store.profiles.problems)
        with pytest.raises(ConfigurationError, match="version 2, and this release writes version 1"):
            await store.put("web", {"color": "red"})


async def test_a_version_that_nobody_named_is_left_so(files: Files) -> None:
    files.own.write_text('[profiles.a]\ntarget = "i-1"\n')
    async with files.store() as store:
        await store.put("a", {"target": "i-2"})
    assert files.text == '[profiles.a]\ntarget = "i-2"\n'


async def test_uses_are_remembered(files: Files) -> None:
    async with files.store() as store:
        told: list[int] = []
        store.subscribe(lambda: told.append(store.used("web").times))
        store.note_use("web")
        store.note_use("web")
        assert told == [1, 2]
    async with files.store() as store:
        assert store.used("web").times == 2
        assert store.used("bastion").times == 0


async def test_a_file_that_is_too_large_is_told_and_left_alone(files: Files) -> None:
    large = TEXT + "#" * (10 << 20)
    files.own.write_text(large)
    async with files.store() as store:
        assert list(store.profiles.profiles) == ["bastion"]
        assert str(store.profiles.problems[0]).startswith(f"{files.own}: it is larger than 1,048,576 bytes")
        with pytest.raises(ConfigurationError, match=r"profiles\.toml is larger than 1,048,576 bytes"):
            await store.put("new", {"target": "i-1"}, new=True)
    assert files.text == large


async def test_a_link_stays_a_link(files: Files) -> None:
    real = files.own.with_name("dotfiles.toml")
    os.rename(files.own, real)
    os.symlink(real, files.own)
    async with files.store() as store:
        await store.put("web", {"color": "red"})
        assert store.profiles.profiles["web"].values.color == "red"
    assert os.readlink(files.own) == str(real)
    assert 'color = "red"' in real.read_text()


async def test_a_shared_directory_that_is_none_is_told(files: Files) -> None:
    (files.shared / "team.toml").unlink()
    files.shared.rmdir()
    files.shared.write_text("")
    async with files.store() as store:
        assert [str(one) for one in store.profiles.problems if "looked through" in one.text]
        assert "db shell" in store.profiles.profiles


async def test_what_cannot_be_written_changes_nothing(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with files.store() as store:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(ConfigurationError, match=r"No space left on device.*Free some space"):
            await store.put("web", {"color": "red"})
        assert store.profiles.profiles["web"].values.color == ""
    assert files.text == TEXT
    assert sorted(one.name for one in files.own.parent.glob("profiles.toml*")) == [
        "profiles.toml",
        "profiles.toml.lock",
    ]
