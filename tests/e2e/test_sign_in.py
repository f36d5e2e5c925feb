"""`ssmtui sign-in` as a program: nothing on standard output, nothing from standard input, codes on the terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssmtui.cli.lab import PASSWORD
from tests.support.lab_process import serve_lab
from tests.support.pty_app import PtyApp, clean_environment
from tests.support.signed_in import post_form
from tests.support.wait import SCALE, wait_until_sync


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A person's environment whose AWS is a lab that signs people in; there is no browser."""
    with serve_lab(tmp_path, "--sign-in") as (exports, _):
        keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        yield clean_environment(tmp_path, **{name: value for name, value in exports.items() if name not in keys})


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ssmtui", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60 * SCALE,
    )


def test_a_code_is_shown_and_once_it_is_approved_all_verbs_have_credentials(environment: dict[str, str]) -> None:
    before = run(environment, "--aws-profile", "corp-sso", "nodes")
    assert before.returncode == 253
    with subprocess.Popen(
        [sys.executable, "-m", "ssmtui", "sign-in", "corp-role"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as signing:
        assert signing.stderr is not None
        said = ""
        while not (code := re.search(r"shows the code ([A-Z0-9-]+)", said)):
            line = signing.stderr.readline()
            assert line, said
            said += line
        page = f"{environment['AWS_ENDPOINT_URL']}/device"
        assert post_form(page, user_code=code[1], decision="approve").status == 403
        password = environment[PASSWORD]
        assert post_form(page, user_code=code[1], decision="approve", password=password).status == 200
        output, rest = signing.communicate(timeout=60 * SCALE)
    assert (signing.returncode, output) == (0, ""), said + rest
    assert "Signed in with the AWS profile corp-role" in rest
    # The role is another account's, on top of the AWS profile that signs in.
    for name in ("corp-role", "corp-sso"):
        after = run(environment, "--aws-profile", name, "nodes")
        assert after.returncode == 0, after.stderr
        assert "i-" in after.stdout


def test_an_mfa_code_is_typed_on_the_terminal_and_not_shown(environment: dict[str, str]) -> None:
    with PtyApp(["sign-in", "corp-mfa"], environment) as app:
        app.wait_for_text("MFA code of arn:aws:iam::")
        wait_until_sync("it is not shown", lambda: not app.modes[3] & termios.ECHO)
        app.send("1234\r")
        app.wait_for_text("An MFA code has six digits, not 4.")
        # What is typed before the question is asked again is thrown away, as with any password.
        app.wait_until("it is asked again", lambda: app.text.count("MFA code of arn:aws:iam::") == 2)
        wait_until_sync("it is not shown", lambda: not app.modes[3] & termios.ECHO)
        shown = post_form(f"{environment['AWS_ENDPOINT_URL']}/mfa", password=environment[PASSWORD])
        code = shown.body.decode().strip()
        app.send(f"{code}\r")
        assert app.wait_for_exit() == 0, app.text
        assert "Signed in with the AWS profile corp-mfa until" in app.text
        assert code not in app.text
        assert app.modes[3] & termios.ECHO
    assert run(environment, "--aws-profile", "corp-mfa", "nodes").returncode == 0


def test_ctrl_c_cancels_and_leaves_the_terminal_as_it_was(environment: dict[str, str]) -> None:
    with PtyApp(["sign-in", "corp-mfa"], environment) as app:
        app.wait_for_text("MFA code of arn:aws:iam::")
        wait_until_sync("it is not shown", lambda: not app.modes[3] & termios.ECHO)
        app.send("\x03")
        assert app.wait_for_exit() == 130, app.text
        assert app.modes[3] & termios.ECHO
    assert not list(Path(environment["HOME"]).glob(".aws/cli/cache/*"))


def test_without_a_terminal_a_code_cannot_be_asked_for(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ssmtui", "sign-in", "corp-mfa"],
        env=environment,
        input="123456\n",
        capture_output=True,
        text=True,
        timeout=60 * SCALE,
        start_new_session=True,
    )
    assert done.returncode == 252
    assert "There is no terminal to ask on" in done.stderr


@pytest.mark.parametrize(
    ("name", "says"),
    [("prod", "nobody signs in to the AWS profile prod"), ("nowhere", "nowhere")],
)
def test_what_nobody_signs_in_to_says_so(environment: dict[str, str], name: str, says: str) -> None:
    done = run(environment, "sign-in", name)
    assert (done.returncode, done.stdout) == (253, "")
    assert says in done.stderr


def test_an_interrupt_while_it_waits_ends_it_at_once(environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "ssmtui", "sign-in", "corp-sso"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as signing:
        assert signing.stderr is not None
        said = ""
        while "ctrl+c cancels" not in said:
            line = signing.stderr.readline()
            assert line, said
            said += line
        os.kill(signing.pid, signal.SIGINT)
        assert signing.wait(20 * SCALE) == 130
    kept = [file.read_text() for file in Path(environment["HOME"]).glob(".aws/sso/cache/*")]
    assert not any("accessToken" in text for text in kept)
