"""The verbs against a lab, through pipes, as scripts use them."""

from __future__ import annotations

import json

from tests.e2e.conftest import OpenPty, Run
from tests.support.lab_process import DEMO_NODES


def test_nodes_prints_json(run: Run, lab_environment: dict[str, str]) -> None:
    done = run("nodes", "--json")
    assert done.returncode == 0, done.stderr
    nodes = json.loads(done.stdout)
    assert len(nodes) == 20
    web = next(node for node in nodes if node["name"] == "web-1")
    assert web["ping"] == "Online"
    assert web["region"] == lab_environment["AWS_REGION"]
    assert web["account"]
    assert web["tags"]["Name"] == "web-1"
    assert done.stderr == ""


def test_nodes_prints_a_table_that_can_be_filtered(run: Run) -> None:
    heading, *rows = run("nodes", "web-1").stdout.splitlines()
    assert heading.startswith("NAME")
    assert rows
    assert all("web-1" in row for row in rows)


def test_wrong_credentials_are_253(run: Run) -> None:
    done = run("nodes", AWS_SECRET_ACCESS_KEY="wrong")
    assert done.returncode == 253
    assert done.stdout == ""
    assert done.stderr.startswith("ssmtui: ")
    assert done.stderr.count("\n") == 1


def test_an_endpoint_that_nobody_serves_is_255(run: Run) -> None:
    assert run("--endpoint-url", "http://127.0.0.1:1", "nodes").returncode == 255


def test_info_says_how_aws_is_reached(run: Run) -> None:
    out = run(
        "info",
        AWS_ENDPOINT_URL="https://aws.corp.example",
        HTTPS_PROXY="jane:secret@proxy.corp:3128",
        AWS_ENDPOINT_URL_SSMMESSAGES="https://vpce-0a.ssmmessages.eu-west-1.vpce.amazonaws.com",
    ).stdout
    lines = [line.split(maxsplit=1) for line in out.splitlines()]
    assert ["proxy", "proxy.corp:3128, with user and password"] in lines
    assert "  message endpoint  vpce-0a.ssmmessages.eu-west-1.vpce.amazonaws.com" in out.splitlines()
    assert "secret" not in out


def test_info_says_what_it_found_and_where_it_was_set(run: Run, lab_environment: dict[str, str]) -> None:
    out = run("info", SSMTUI_SCROLLBACK_LINES="77").stdout
    assert "scrollback_lines  77  (SSMTUI_SCROLLBACK_LINES)" in out
    assert lab_environment["AWS_ENDPOINT_URL"] in out
    assert lab_environment["AWS_SECRET_ACCESS_KEY"] not in out


def test_the_demo_needs_no_aws(run: Run) -> None:
    done = run("--demo", "nodes", "--json", AWS_ENDPOINT_URL="http://127.0.0.1:1", AWS_PROFILE="not there")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == DEMO_NODES


def test_what_is_piped_into_connect_is_typed_and_its_end_ends_the_session(run: Run) -> None:
    done = run("connect", "web-1", stdin="echo $((6*7))\nprintf 'no %s\\n' newline")
    assert done.returncode == 0, done.stderr
    assert "42" in done.stdout
    assert "no newline" in done.stdout.split("42")[1]


def test_much_that_is_piped_in_arrives_whole(run: Run) -> None:
    lines = "".join(f": {number:0100d}\n" for number in range(2000))
    done = run("connect", "web-1", stdin=f"stty -echo; cat | wc -c\n{lines}")
    assert str(len(lines)) in done.stdout, done.stdout[-2000:]


def test_a_command_that_reads_no_input_ends_by_itself_and_is_not_told_of_the_end_of_ours(run: Run) -> None:
    command = '{"command": ["sh -c \\"sleep 0.3; echo done\\""], "separateOutputStream": ["true"]}'
    done = run("connect", "web-1", "--document-name", "AWS-StartNonInteractiveCommand", "--parameters", command)
    assert done.returncode == 0
    assert done.stdout == "done\n"
    assert done.stderr == "ssmtui: The session has ended.\n"


def test_connect_says_why_a_document_cannot_be_used(run: Run) -> None:
    assert run("connect", "web-1", "--document-name", "No-Such-Document").returncode == 254
    done = run(
        "connect", "web-1", "--document-name", "AWS-StartPortForwardingSession", "--parameters", '{"host": "db"}'
    )
    assert done.returncode == 254
    assert "The parameters do not fit the document" in done.stderr


def test_a_screen_that_is_too_small_is_refused(in_pty: OpenPty) -> None:
    with in_pty(cols=39, rows=24) as app:
        assert app.wait_for_exit() == 252
        assert "39x24" in app.text
        assert b"\x1b[" not in app.output


def test_a_dumb_terminal_is_refused(in_pty: OpenPty) -> None:
    with in_pty(TERM="dumb") as app:
        assert app.wait_for_exit() == 252
        assert "TERM=dumb" in app.text
        assert b"\x1b[" not in app.output


def test_a_wrong_setting_is_told_before_the_screen_opens(in_pty: OpenPty) -> None:
    with in_pty(SSMTUI_ENGINE="xterm") as app:
        assert app.wait_for_exit() == 253
        assert "SSMTUI_ENGINE: engine must be one of auto, ghostty, bittty" in app.text.replace("\n", "")


def test_a_theme_that_nobody_knows_is_told(in_pty: OpenPty) -> None:
    with in_pty(SSMTUI_THEME="ssmtui-nite") as app:
        assert app.wait_for_exit() == 253
        assert "Did you mean ssmtui-night?" in app.text.replace("\n", "")
