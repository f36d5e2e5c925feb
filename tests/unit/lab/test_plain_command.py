"""NonInteractiveCommands through a live channel (protocol.md section 6.3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from ssmtui.lab.plain_command import PlainSettings
from tests.support.lab_client import ChannelClient

StartChannel = Callable[..., Awaitable[ChannelClient]]

DOCUMENT = "AWS-StartNonInteractiveCommand"


def parameters(command: str, **others: str) -> dict[str, object]:
    values = {"command": [command], **{name: [value] for name, value in others.items()}}
    return {"DocumentName": DOCUMENT, "Parameters": values}


async def test_without_separation_everything_comes_as_one_and_there_is_no_exit_code(start: StartChannel) -> None:
    client = await start(**parameters("sh -c 'echo one; echo two >&2; echo three; exit 3'"))
    assert await client.until_closed() == ""
    assert bytes(client.output) == b"one\ntwo\nthree\n"
    assert client.exit_code is None
    assert client.ready is not None
    assert client.ready.session_type == "NonInteractiveCommands"
    assert client.ready.agent_version == "3.3.3572.0"


async def test_edge_79_with_separation_streams_are_apart_and_prefixed_and_the_exit_code_follows(
    start: StartChannel,
) -> None:
    client = await start(
        **parameters(
            "sh -c 'echo one; sleep 0.1; printf two; sleep 0.1; echo; sleep 0.1; echo bad >&2; exit 3'",
            separateOutputStream="true",
            stdoutSeparatorPrefix="O:",
            stderrSeparatorPrefix="E:",
        )
    )
    assert await client.until_closed() == ""
    assert bytes(client.output) == b"O:one\nO:two\n"
    assert bytes(client.errors) == b"E:bad\n"
    assert client.exit_code == 3


async def test_a_command_is_not_run_by_a_shell(start: StartChannel) -> None:
    client = await start(**parameters("echo $HOME; echo 'a  b'"))
    await client.until_closed()
    assert bytes(client.output) == b"$HOME; echo a  b\n"


async def test_a_command_that_cannot_start_says_so_as_error_output(start: StartChannel) -> None:
    client = await start(**parameters("no-such-program", separateOutputStream="true"))
    await client.until_closed()
    assert client.exit_code == 1
    assert client.errors.startswith(b"Unable to start command: ")


async def test_control_c_interrupts_and_the_code_is_minus_one(start: StartChannel) -> None:
    client = await start(**parameters("sh -c 'echo up; exec sleep 600'", separateOutputStream="true"))
    await client.until("up")
    await client.type("other keys mean nothing \x03")
    await client.until_closed()
    assert client.exit_code == -1


async def test_a_windows_node_runs_its_own_commands(start: StartChannel) -> None:
    client = await start("win-build", **parameters("whoami", separateOutputStream="true"))
    await client.until_closed()
    assert bytes(client.output) == b"win-build\\ssm-user\r\n"
    assert client.exit_code == 0


async def test_a_client_that_never_answers_the_handshake_ends_the_session(
    start: StartChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssmtui.lab.agent.RESPONSE_TIMEOUT", 0)
    client = await start(open_channel=False, **parameters("true"))
    await client.open()
    assert (await client.until_closed()).startswith(
        "Encountered error while initiating handshake. Handshake timed out."
    )


def test_a_flag_may_be_a_boolean_or_its_name() -> None:
    assert PlainSettings.read({"separateOutputStream": True}).separate
    assert PlainSettings.read({"separateOutputStream": "True"}).separate
    assert not PlainSettings.read({"separateOutputStream": "false"}).separate
    assert not PlainSettings.read({}).separate
