import errno
import json
import os
import re
import stat
import subprocess
import sys
import textwrap
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from ssmtui.config import files
from ssmtui.config.files import TooLarge, edit_text, lock_of, locked, read_text
from ssmtui.errors import ConfigurationError

OLD = "# mine\nversion = 1\n"
NEW = "# mine\nversion = 2\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "profiles.toml"
    file.write_text(OLD)
    file.chmod(0o640)
    return file


def put(_: str) -> str:
    return NEW


def names(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir())


def refused(file: Path, change: Callable[[str], str] = put) -> str:
    with pytest.raises(ConfigurationError) as raised:
        edit_text(file, change)
    return str(raised.value)


def test_an_edit_keeps_the_mode_and_what_was_there(file: Path) -> None:
    assert edit_text(file, lambda text: text.replace("1", "2")) == NEW
    assert file.read_text() == NEW
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    backup = file.with_name("profiles.toml.bak")
    assert backup.read_text() == OLD
    assert stat.S_IMODE(backup.stat().st_mode) == 0o640
    assert names(file.parent) == ["profiles.toml", "profiles.toml.bak", "profiles.toml.lock"]


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "profiles.toml"
    assert edit_text(file, lambda text: text + "a = 1\n") == "a = 1\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert names(file.parent) == ["profiles.toml", "profiles.toml.lock"]


def test_what_does_not_change_is_not_written(file: Path) -> None:
    before = file.stat()
    edit_text(file, lambda text: text)
    assert file.stat() == before
    assert names(file.parent) == ["profiles.toml", "profiles.toml.lock"]


def test_a_byte_order_mark_and_line_endings_stay(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\n")
    edit_text(file, lambda text: text.replace("1", "7"))
    assert file.read_bytes() == b"\xef\xbb\xbfa = 7\r\nb = 2\n"
    assert read_text(file) == "a = 7\r\nb = 2\n"


def test_a_symbolic_link_stays_one(file: Path, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    link = tmp_path / "config" / "profiles.toml"
    link.symlink_to("../between")
    (tmp_path / "between").symlink_to(file)
    edit_text(link, put)
    assert link.is_symlink()
    assert file.read_text() == NEW
    assert names(link.parent) == ["profiles.toml"]


def test_a_link_to_a_file_that_is_not_there_yet_makes_it(tmp_path: Path) -> None:
    link = tmp_path / "profiles.toml"
    link.symlink_to(tmp_path / "real.toml")
    edit_text(link, put)
    assert link.is_symlink()
    assert (tmp_path / "real.toml").read_text() == NEW


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    link = tmp_path / "profiles.toml"
    link.symlink_to(tmp_path / "unmounted" / "real.toml")
    assert "unmounted, which is not there" in refused(link)
    link.unlink()
    link.symlink_to(link)
    assert "go in a circle" in refused(link)
    assert names(tmp_path) == ["profiles.toml"]


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"a = 1\n\xff\n", "is not UTF-8 text (line 2)"), (b"#" * (10 << 20), "larger than 1,048,576 bytes")],
)
def test_what_nobody_wrote_by_hand_is_left_alone(file: Path, content: bytes, why: str) -> None:
    file.write_bytes(content)
    message = refused(file)
    assert why in message
    assert str(file) in message
    assert file.read_bytes() == content
    with pytest.raises(ConfigurationError, match=re.escape(why)):
        read_text(file)


def test_a_text_that_would_be_too_large_is_not_written(file: Path) -> None:
    assert "larger than" in refused(file, lambda _: "#" * (files.MAX_FILE + 1))
    assert file.read_text() == OLD


def test_directories_pipes_and_devices_are_not_replaced(tmp_path: Path) -> None:
    directory, pipe, device = tmp_path / "directory", tmp_path / "pipe", tmp_path / "device"
    directory.mkdir()
    os.mkfifo(pipe)
    device.symlink_to("/dev/null")
    assert "it is a directory" in refused(directory)
    assert "not a regular file" in refused(pipe)
    assert "not a regular file" in refused(device)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_what_the_change_raises_leaves_all_as_it_was(file: Path) -> None:
    def change(_: str) -> str:
        raise ConfigurationError("line 3: no key")

    message = refused(file, change)
    assert f"{file}: line 3: no key" in message
    assert file.read_text() == OLD
    assert names(file.parent) == ["profiles.toml", "profiles.toml.lock"]


FAULTS = [
    ("open", errno.EROFS, "read-only file system"),
    ("open", errno.EACCES, "right to write"),
    ("fsync", errno.ENOSPC, "Free some space"),
    ("replace", errno.EPERM, "right to write"),
]


@pytest.mark.parametrize(("call", "number", "remedy"), FAULTS)
def test_a_fault_of_the_disk_is_told_and_leaves_nothing_behind(
    file: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, remedy: str
) -> None:
    original = getattr(os, call)

    def fail(*arguments: object, **options: object) -> object:
        if call == "open" and str(arguments[0]).endswith(".lock"):
            return original(*arguments, **options)
        raise OSError(number, os.strerror(number))

    with locked(lock_of(file)):
        pass
    monkeypatch.setattr(os, call, fail)
    message = refused(file)
    monkeypatch.undo()
    assert str(file) in message
    assert os.strerror(number) in message
    assert remedy in message.replace("Make its file system writable", "read-only file system")
    assert file.read_text() == OLD
    assert names(file.parent) == ["profiles.toml", "profiles.toml.lock"]


def test_a_full_disk_leaves_the_old_file(file: Path) -> None:
    """A limit of the size of files is the disk that is full in the middle of a write."""
    script = f"""
        import resource, signal
        from pathlib import Path
        from ssmtui.config.files import edit_text
        from ssmtui.errors import ConfigurationError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            edit_text(Path({str(file)!r}), lambda text: text + "#" * 100_000)
        except ConfigurationError as error:
            print(error)
    """
    assert "nothing was written" in run(script)
    assert file.read_text() == OLD
    assert names(file.parent) == ["profiles.toml", "profiles.toml.lock"]


DEADLY = """
    import json, os, signal, sys
    from pathlib import Path
    from ssmtui.config import files

    file, old = Path(sys.argv[1]), sys.argv[2]
    read = lambda file: file.read_text() if file.exists() else None
    def edit(text):
        return text.replace("= 1", "= 2") + "#\\n"
    def die_at(step):
        calls = 0
        def deadly(name, call):
            def counted(*arguments, **options):
                nonlocal calls
                calls += 1
                if calls == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*arguments, **options)
            setattr(os, name, counted)
        for name in ("open", "fchmod", "fchown", "fsync", "replace", "rename", "unlink", "close", "stat"):
            deadly(name, getattr(os, name))
    for step in range(1, 100):
        for left in file.parent.iterdir():
            left.unlink()
        file.write_text(old)
        if not (child := os.fork()):
            die_at(step)
            files.edit_text(file, edit)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        found = [status, read(file), read(file.with_name(file.name + ".bak"))]
        files.edit_text(file, edit)
        print(json.dumps([*found, read(file), sorted(os.listdir(file.parent))]))
        if not status:
            break
"""


def test_a_writer_that_is_killed_at_any_step_leaves_the_old_or_the_new_file(file: Path) -> None:
    steps = [json.loads(line) for line in run(DEADLY, str(file), OLD).splitlines()]
    killed = [step for step in steps if step[0]]
    assert len(killed) > 15
    assert len(steps) == len(killed) + 1
    assert {step[1] for step in killed} == {OLD, NEW + "#\n"}
    assert {step[2] for step in killed} == {None, OLD}
    # The next one finds no lock, goes on from what is there, and clears away what was left.
    assert all(step[3] == step[1].replace("= 1", "= 2") + "#\n" for step in steps)
    assert {tuple(step[4]) for step in steps} == {("profiles.toml", "profiles.toml.bak", "profiles.toml.lock")}


COUNTER = """
    import os, sys, tomllib
    from pathlib import Path
    from ssmtui.config.files import edit_text
    from ssmtui.config.toml_edit import TomlChange, edited

    name = sys.argv[2]
    os.fsync = lambda _: None  # the disk is no part of it
    def count(text):
        return edited(text, [TomlChange(("counts", name), tomllib.loads(text).get("counts", {}).get(name, 0) + 1)])
    for _ in range(200):
        edit_text(Path(sys.argv[1]), count)
"""


def test_two_processes_lose_nothing_of_each_other(file: Path) -> None:
    writers = [start(COUNTER, str(file), name) for name in ("a", "b")]
    for writer in writers:
        writer.communicate()
    assert [writer.returncode for writer in writers] == [0, 0]
    assert file.read_text().startswith(OLD)
    assert tomllib.loads(file.read_text())["counts"] == {"a": 200, "b": 200}


def test_an_editor_that_saves_at_the_same_moment_is_not_overwritten(file: Path) -> None:
    saved: list[str] = []

    def change(text: str) -> str:
        if not saved:
            saved.append("# by an editor\nversion = 1\n")
            file.write_text(saved[0])
        return text.replace("1", "2")

    assert edit_text(file, change) == "# by an editor\nversion = 2\n"
    assert file.with_name("profiles.toml.bak").read_text() == saved[0]


def test_a_file_that_never_rests_is_given_up(file: Path) -> None:
    def change(text: str) -> str:
        file.write_text(text + "#")
        return NEW

    assert "keeps writing" in refused(file, change)
    assert file.read_text().startswith(OLD)


def test_a_lock_that_is_never_let_go_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOCK_PATIENCE", 0.02)
    with locked(lock_of(file)):
        message = refused(file)
    assert "another program has held" in message
    assert file.read_text() == OLD


def test_threads_wait_for_each_other(file: Path) -> None:
    def add() -> None:
        for _ in range(8):
            edit_text(file, lambda text: text + "#\n")

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.read_text() == OLD + "#\n" * 24


def test_reading_is_bounded(file: Path) -> None:
    with pytest.raises(TooLarge):
        files.read_bounded(file, 3)
    with pytest.raises(files.MissingFile, match=r"there is no file .*other"):
        read_text(file.with_name("other"))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_text(file.parent)


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(script), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def run(script: str, *arguments: str) -> str:
    return start(script, *arguments).communicate()[0]


def test_whether_a_lock_is_held_can_be_seen_without_taking_it(tmp_path):
    lock = tmp_path / "owner.lock"
    with lock.open("wb") as ours, lock.open("rb+") as theirs, lock.open("rb+") as another:
        assert not files.is_locked(theirs.fileno())
        assert files.try_lock(ours.fileno())
        assert files.is_locked(theirs.fileno())
        assert not files.try_lock(another.fileno())
    with lock.open("rb+") as theirs:
        assert not files.is_locked(theirs.fileno()), "closing the file lets its lock go"


def test_a_lock_is_waited_for_no_longer_than_its_caller_has_patience(tmp_path):
    lock = tmp_path / "a.lock"
    with files.locked(lock), pytest.raises(TimeoutError, match=r"0\.01 seconds"), files.locked(lock, patience=0.01):
        pass


def test_a_draft_that_takes_nothings_place_is_gone_again(tmp_path):
    file = tmp_path / "a.json"
    with files.draft_of(file, b"one") as draft:
        draft.replace(file)
    with files.draft_of(file, b"two") as draft:
        assert draft.read_bytes() == b"two"
    assert file.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [file]
