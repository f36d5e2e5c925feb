"""From older versions of the format to this one: by a made-up version 0, in which a target was called host."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ssmtui.config.memory import Memory
from ssmtui.config.toml_edit import renamed
from ssmtui.profiles import migrations
from ssmtui.profiles.store import ProfileStore

OLD = '# mine\nversion = 0\n\n[profiles.a]  # first\nhost = "i-1" # the one\n'


def from_zero(text: str) -> str:
    for name, said in tomllib.loads(text).get("profiles", {}).items():
        if "host" in said:
            text = renamed(text, ("profiles", name, "host"), ("profiles", name, "target"))
    return text


@pytest.fixture
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "STEPS", {0: from_zero})


@pytest.mark.usefixtures("_known")
async def test_an_older_file_is_understood_and_brought_up_to_date_with_the_next_edit(tmp_path: Path) -> None:
    file = tmp_path / "profiles.toml"
    file.write_text(OLD)
    store = ProfileStore.on_disk(file, tmp_path / "profiles.d", Memory(None))
    await store.load()
    assert store.profiles.profiles["a"].values.target == "i-1"
    assert not store.profiles.problems
    assert file.read_text() == OLD
    undo = await store.put("a", {"color": "red"})
    new = OLD.replace("version = 0", "version = 1").replace("host", "target")
    assert file.read_text() == new + 'color = "red"\n'
    await store.undo(undo)
    assert file.read_text() in (OLD, new)
    await store.close()


def test_versions_without_a_way_are_refused() -> None:
    with pytest.raises(migrations.UnknownVersion, match="nothing is known of version -1"):
        migrations.migrated("version = -1", -1)
    with pytest.raises(migrations.UnknownVersion):
        migrations.version_of({"version": True})
    assert migrations.version_of({}) == migrations.VERSION
    assert migrations.migrated("x", 5) == "x"
