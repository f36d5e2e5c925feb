"""Every start leads somewhere: the program in a pty without a configuration, without a region, with an unknown AWS
profile, with credentials that are refused, and with AWS that does not answer."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lab_process import DEMO_NODES, serve_lab
from tests.support.pty_app import PtyApp, clean_environment

SIZES = [(80, 24), (120, 40)]
LEADER = "\x1d"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], int]]:
    with serve_lab(tmp_path_factory.mktemp("lab")) as served:
        yield served


def write_profiles(home: Path, lab: dict[str, str], *, secret: str = "") -> None:
    """Two AWS profiles of the lab, none of them the default one."""
    folder = home / ".aws"
    folder.mkdir()
    settings = f"""
region = {lab["AWS_REGION"]}
endpoint_url = {lab["AWS_ENDPOINT_URL"]}
aws_access_key_id = {lab["AWS_ACCESS_KEY_ID"]}
aws_secret_access_key = {secret or lab["AWS_SECRET_ACCESS_KEY"]}
"""
    (folder / "config").write_text(f"[profile prod]{settings}[profile sandbox]{settings}")


@pytest.mark.parametrize(("cols", "rows"), SIZES)
def test_without_a_configuration_there_are_three_ways_and_the_demo_is_one(home: Path, cols: int, rows: int) -> None:
    with PtyApp([], clean_environment(home), cols=cols, rows=rows) as app:
        app.wait_for_text("No AWS configuration")
        for way in ("I  sign in", "L  look around", "E  read how", "r  try again"):
            assert way in app.text
        app.send("E")
        app.wait_for_text("[sso-session work]")
        app.send("\x1b")
        app.wait_for_text("No AWS configuration")
        app.send("A")
        app.wait_for_text("Accounts")
        app.send("\x1b")
        app.wait_for_text("No AWS configuration")
        app.send("L")
        app.wait_for_text(f"{DEMO_NODES} nodes")
        assert "DEMO" in app.text
        app.send("/bastion\r")
        app.wait_for_text("1 of")
        app.send("\r")
        app.wait_for_text("bastion:~$")


def test_what_is_written_meanwhile_is_read_when_it_is_tried_again(home: Path, lab: tuple[dict[str, str], int]) -> None:
    with PtyApp([], clean_environment(home)) as app:
        app.wait_for_text("No AWS configuration")
        write_profiles(home, lab[0])
        app.send("r")
        app.wait_for_text("No region")
        assert "A  choose an account" in app.text


def test_without_a_region_an_account_is_chosen_and_the_next_start_begins_with_it(
    home: Path, lab: tuple[dict[str, str], int]
) -> None:
    write_profiles(home, lab[0])
    with PtyApp([], clean_environment(home)) as app:
        app.wait_for_text("No region")
        app.send("A")
        app.wait_for_text("sandbox")
        app.send("\x1b[B\r")
        app.wait_for_text(f"{DEMO_NODES} nodes")
        app.wait_for_text("sandbox")
        app.send("q")
        app.wait_for_exit()
    with PtyApp([], clean_environment(home)) as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        app.wait_for_text("sandbox")
        assert "No region" not in app.text


def test_an_unknown_aws_profile_comes_with_the_names_that_are_like_it(
    home: Path, lab: tuple[dict[str, str], int]
) -> None:
    write_profiles(home, lab[0])
    with PtyApp(["--aws-profile", "sandbx"], clean_environment(home)) as app:
        app.wait_for_text("No such AWS profile")
        assert "Did you mean sandbox?" in app.text
        # Typed at one go: the picker has the keys that are for it.
        app.send("Asandbox\r")
        app.wait_for_text(f"{DEMO_NODES} nodes")


def test_refused_credentials_leave_the_nodes_and_the_other_accounts(
    home: Path, lab: tuple[dict[str, str], int]
) -> None:
    write_profiles(home, lab[0])
    arguments = ["--aws-profile", "prod"]
    with PtyApp(arguments, clean_environment(home)) as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        app.send("q")
        app.wait_for_exit()
    (home / ".aws" / "config").unlink()
    (home / ".aws").rmdir()
    write_profiles(home, lab[0], secret="refused")
    with PtyApp(arguments, clean_environment(home)) as app:
        app.wait_for_text("AWS does not accept the credentials")
        app.wait_for_text(f"{DEMO_NODES} nodes")
        app.send("A")
        app.wait_for_text("sandbox")


def test_an_aws_that_does_not_answer_keeps_nothing_from_opening(home: Path, lab: tuple[dict[str, str], int]) -> None:
    exports, pid = lab
    write_profiles(home, exports)
    arguments = ["--aws-profile", "prod"]
    with PtyApp(arguments, clean_environment(home)) as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        app.send("q")
        app.wait_for_exit()
    os.kill(pid, signal.SIGSTOP)
    try:
        with PtyApp(arguments, clean_environment(home)) as app:
            app.wait_for_text(f"{DEMO_NODES} nodes")
            # A tab at once; what is typed is for its shell, once AWS answers.
            app.send("/bastion\r")
            app.wait_for_text(f"1 of {DEMO_NODES}")
            app.send("\recho so $((40 + 2))\r")
            app.wait_for_text("2 bastion")
            app.send(LEADER + "d")
            app.wait_for_text("listing")
            app.send("A")
            app.wait_for_text("sandbox")
            app.send("\x1b")
            app.wait_until_gone("Accounts")
            os.kill(pid, signal.SIGCONT)
            app.send(LEADER + "2")
            app.wait_for_text("so 42")
    finally:
        os.kill(pid, signal.SIGCONT)
