"""The log file: private, made when needed, and without secrets."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssmtui.config import logs

own = logging.getLogger("ssmtui.test")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "state" / "x.log"
    logs.open_log(path, logging.WARNING)
    yield path
    logs.close_log()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('{"TokenValue": "AAEAAT7x"}', "AAEAAT7x"),
        ("SecretAccessKey=wJalrXUt/K7MD other", "wJalrXUt/K7MD"),
        ("aws_session_token: FwoGZXIvYXdz", "FwoGZXIvYXdz"),
        ("wss://h/?X-Amz-Signature=abcd12&role=x", "abcd12"),
        ("'X-Amz-Security-Token': 'IQoJb3Jp'", "IQoJb3Jp"),
        ("Authorization: AWS4-HMAC-SHA256 Credential=x, Signature=77", "Signature=77"),
        ("key AKIAIOSFODNN7EXAMPLE is disabled", "AKIAIOSFODNN7EXAMPLE"),
        ('{"refreshToken": "aorAAAA1"}', "aorAAAA1"),
        ("access_token=sso-1234", "sso-1234"),
        ("deviceCode: Fg3-x", "Fg3-x"),
        ("codeVerifier='dBjftJ'", "dBjftJ"),
        ("proxy http://jane:hunt@er2@proxy.test:3128 refused", "er2"),
        ("eyJhbGciOi.eyJzdWIiOiJ.sig7", "sig7"),
    ],
)
def test_secrets_are_taken_out(text: str, secret: str) -> None:
    cleaned = logs.redact(text)
    assert secret not in cleaned
    assert logs.REDACTED in cleaned


def test_other_text_is_kept() -> None:
    text = "session jane-0abc: dropped output frame 12 of i-0123456789abcdef0"
    assert logs.redact(text) == text


def test_nothing_is_created_before_the_first_entry(file: Path) -> None:
    own.info("below the level")
    assert not file.parent.exists()
    assert logs.open_files() == []


def test_the_file_is_for_its_owner_alone(file: Path) -> None:
    own.warning("something")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert logs.open_files() == [file]


def test_tracebacks_are_redacted_too(file: Path) -> None:
    try:
        raise ValueError("TokenValue=hunter2")
    except ValueError:
        own.exception("broke")
    assert "ValueError" in file.read_text()
    assert "hunter2" not in file.read_text()


def test_other_libraries_are_not_logged(file: Path) -> None:
    logging.getLogger("websockets.client").error("opening frame")
    own.warning("ours")
    assert "opening frame" not in file.read_text()


def test_a_large_log_is_started_anew(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("x" * (logs.MAX_BYTES + 1))
    logs.open_log(path, logging.WARNING)
    own.warning("new")
    logs.close_log()
    assert path.read_text().endswith("new\n")
    assert path.stat().st_size < 1000
    assert (tmp_path / "x.log.old").stat().st_size > logs.MAX_BYTES


def test_a_log_that_cannot_be_written_is_survived(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in the way").write_text("")
    logs.open_log(tmp_path / "in the way" / "x.log", logging.WARNING)
    own.warning("lost")
    logs.close_log()
    assert capfd.readouterr().err == ""


def test_a11_a_mode_that_lets_others_read_is_narrowed(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.touch()
    path.chmod(0o666)
    logs.open_log(path, logging.WARNING)
    own.warning("something")
    logs.close_log()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "something" in path.read_text()


def test_a11_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine\n")
    (tmp_path / "x.log").symlink_to(tmp_path / "victim")
    logs.open_log(tmp_path / "x.log", logging.WARNING)
    own.warning("something")
    logs.close_log()
    assert (tmp_path / "victim").read_text() == "mine\n"
    assert (tmp_path / "x.log").is_symlink()


def test_a11_a_long_run_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 10_000)
    path = tmp_path / "x.log"
    logs.open_log(path, logging.WARNING)
    for number in range(1000):
        own.warning("entry %d", number)
    logs.close_log()
    assert path.read_text().endswith("entry 999\n")
    assert {file.name for file in tmp_path.iterdir()} == {"x.log", "x.log.old"}
    assert all(file.stat().st_size < 10_200 for file in tmp_path.iterdir())
