"""A session from StartSession to channel_closed, through real sockets and real shells."""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
import uuid
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.signature import SignatureVerdict
from ssmtui.protocol import AgentMessage, MessageType, OpenDataChannel
from tests.support.lab_client import Aws, ChannelClient, signed_headers
from tests.support.processes import is_running
from tests.support.wait import wait_until

StartChannel = Callable[..., Awaitable[ChannelClient]]


async def test_a_shell_from_prompt_to_exit(start: StartChannel, aws: Aws) -> None:
    client = await start()
    await client.until("ssm-user@web-1:~$ ")
    assert client.ready is not None
    assert client.ready.skipped
    await client.type("echo $((6*7))\r")
    await client.until("42\r\n")
    await client.type("hostname\r")
    await client.until("web-1\r\n")
    await client.type("exit\r")
    assert await client.until_closed() == ""
    sessions = await aws.call("ssm", "DescribeSessions", State="History")
    assert sessions["Sessions"][0]["SessionId"] == client.grant["SessionId"]
    assert sessions["Sessions"][0]["Status"] == "Terminated"


async def test_edge_68_the_terminal_has_no_size_before_the_first_size_frame(start: StartChannel) -> None:
    client = await start(
        DocumentName="AWS-StartInteractiveCommand", Parameters={"command": ["stty size; read x; stty size"]}
    )
    await client.until("0 0\r\n")
    await client.resize(101, 33)
    await client.type("go\r")
    await client.until("33 101\r\n")


async def test_a_program_has_the_terminal_as_its_controlling_one(start: StartChannel) -> None:
    client = await start()
    await client.until("$ ")
    await client.type("sh -c 'echo up=$((40+2)); exec sleep 600'\r")
    await client.until("up=42")
    await client.type("\x03")
    await client.type("echo status=$?\r")
    await client.until("status=130")
    await client.type("test -w /dev/tty && echo has $((40+2))\r")
    await client.until("has 42\r\n")


async def test_a_flood_arrives_whole_and_in_order_in_frames_of_a_kilobyte(start: StartChannel) -> None:
    client = await start(DocumentName="AWS-StartInteractiveCommand", Parameters={"command": ["seq -f 'ä%06g' 20000"]})
    assert await client.until_closed() == ""
    assert client.output.decode() == "".join(f"ä{n:06d}\r\n" for n in range(1, 20001))
    assert max(client.received_bytes) <= 1027


async def test_frames_end_on_whole_characters(start: StartChannel) -> None:
    client = await start(
        DocumentName="AWS-StartInteractiveCommand", Parameters={"command": ["printf '€%.0s' $(seq 5000)"]}
    )
    await client.until_closed()
    assert client.output.decode() == "€" * 5000
    assert all(size % 3 == 0 for size in client.received_bytes)


async def test_output_waits_for_the_start_delay() -> None:
    slow = Lab(LabOptions(start_delay=0.3))
    address = await slow.start()
    caller = Aws(address)
    try:
        before = asyncio.get_running_loop().time()
        grant = await caller.call("ssm", "StartSession", Target=slow.fleet[0].id)
        client = ChannelClient(slow, grant)
        await client.open()
        await client.until("$ ")
        assert asyncio.get_running_loop().time() - before >= 0.3
        await client.close()
    finally:
        caller.close()
        await slow.close()


async def test_terminate_kills_at_once(start: StartChannel, aws: Aws, lab: Lab) -> None:
    client = await start()
    await client.until("$ ")
    await client.type("echo pid=$$; trap '' HUP; sleep 600\r")
    await wait_until("the shell's pid", lambda: re.search(rb"pid=(\d+)\r\n", client.output))
    pid = int(re.search(rb"pid=(\d+)\r\n", client.output)[1])  # type: ignore[index]
    answer = await aws.call("ssm", "TerminateSession", SessionId=client.grant["SessionId"])
    assert answer == {"SessionId": client.grant["SessionId"]}
    assert await client.until_closed() == ""
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    session = lab.book.find(client.grant["SessionId"])
    assert session is not None
    await wait_until("the book to say so", lambda: session.status == "Terminated")
    with pytest.raises(ClientError, match="not in a valid state"):
        await aws.call("ssm", "TerminateSession", SessionId=client.grant["SessionId"])


async def test_a_second_end_does_not_interrupt_the_killing(start: StartChannel, lab: Lab) -> None:
    client = await start()
    await client.until("$ ")
    await client.type("echo pid=$$; trap '' HUP; sleep 600\r")
    await wait_until("the shell's pid", lambda: re.search(rb"pid=(\d+)\r\n", client.output))
    pid = int(re.search(rb"pid=(\d+)\r\n", client.output)[1])  # type: ignore[index]
    session = lab.book.find(client.grant["SessionId"])
    assert session is not None
    lab._live.terminate(session)
    await asyncio.sleep(0)
    await lab._live.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_session_survives_the_loss_of_its_socket(start: StartChannel, aws: Aws) -> None:
    client = await start()
    await client.until("$ ")
    await client.type("sleep 0.2; seq 1000 $((1500*2)); echo back again\r")
    await client.until("sleep 0.2")
    await client.drop()
    grant = await aws.call("ssm", "ResumeSession", SessionId=client.grant["SessionId"])
    assert grant["TokenValue"] != client.grant["TokenValue"]
    assert grant["StreamUrl"] != client.grant["StreamUrl"]
    await client.open(grant)
    await client.until("\nback again\r\n")
    numbers = [int(line) for line in client.output.split() if line.isdigit()]
    assert numbers == [1000, *range(1000, 3001)], "the typed 1000 and the counted ones"


async def test_a_newer_connection_replaces_the_first(start: StartChannel, aws: Aws) -> None:
    client = await start()
    await client.until("$ ")
    first = client.socket
    assert first is not None
    await client.open(await aws.call("ssm", "ResumeSession", SessionId=client.grant["SessionId"]))
    await first.wait_closed()
    assert first.close_code == 1000
    await client.type("echo $((40+2))\r")
    await client.until("42\r\n")


async def test_sessions_report_their_connection(start: StartChannel, lab: Lab) -> None:
    client = await start(open_channel=False)
    session = lab.book.find(client.grant["SessionId"])
    assert session is not None
    assert session.status == "Connecting"
    await client.open()
    await wait_until("Connected", lambda: session.status == "Connected")
    await client.drop()
    await wait_until("Disconnected", lambda: session.status == "Disconnected")


class TestSignedOnly:
    @pytest.fixture
    def options(self) -> LabOptions:
        return LabOptions(start_delay=0.0, signed_only=True)

    async def test_an_unsigned_upgrade_is_refused(self, start: StartChannel, lab: Lab) -> None:
        client = await start(open_channel=False)
        with pytest.raises(InvalidStatus, match="403"):
            await connect(client.grant["StreamUrl"])
        assert [upgrade.verdict for upgrade in lab.streams.upgrades] == [SignatureVerdict.MISSING]


async def test_an_unsigned_upgrade_is_let_in(start: StartChannel, lab: Lab) -> None:
    client = await start(open_channel=False)
    async with connect(client.grant["StreamUrl"]):
        assert [upgrade.verdict for upgrade in lab.streams.upgrades] == [SignatureVerdict.MISSING]


async def test_a_wrong_signature_is_refused(start: StartChannel, lab: Lab) -> None:
    client = await start(open_channel=False)
    url = client.grant["StreamUrl"]
    wrong_service = signed_headers(lab, url, service="ssm")
    for headers in ({"Authorization": "AWS4-HMAC-SHA256 nonsense"}, wrong_service):
        with pytest.raises(InvalidStatus, match="403"):
            await connect(url, additional_headers=headers)
    assert [upgrade.verdict for upgrade in lab.streams.upgrades] == [SignatureVerdict.WRONG, SignatureVerdict.WRONG]
    assert lab.streams.upgrades[0].headers["authorization"] == "AWS4-HMAC-SHA256 nonsense"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
async def test_fault_26_a_foreign_page_opens_no_channel(start: StartChannel, lab: Lab, headers: dict[str, str]) -> None:
    client = await start(open_channel=False)
    url = client.grant["StreamUrl"]
    if "Host" in headers:  # the same socket under a name of somebody else's
        address = urlsplit(url)
        own = (address.hostname, address.port)
        connecting = connect(url.replace(address.netloc, headers["Host"]), host=own[0], port=own[1])
    else:
        connecting = connect(url, additional_headers=headers)
    with pytest.raises(InvalidStatus, match="403"):
        await connecting
    assert [upgrade.verdict for upgrade in lab.streams.upgrades] == [SignatureVerdict.ELSEWHERE]


async def test_the_stream_address_must_come_back_byte_for_byte(start: StartChannel, lab: Lab) -> None:
    client = await start(open_channel=False)
    url = client.grant["StreamUrl"]
    cell = url.partition("cell-number=")[2]
    assert "+" in cell
    assert "/" in cell
    assert cell.endswith("=")
    for changed in (url.replace("+", "%2B"), url.partition("&")[0], url + "="):
        with pytest.raises(InvalidStatus, match="403"):
            await connect(changed, additional_headers=signed_headers(lab, changed))
    gone = url.replace(client.grant["SessionId"], "jane@example.com-nobody")
    with pytest.raises(InvalidStatus, match="404"):
        await connect(gone, additional_headers=signed_headers(lab, gone))


@pytest.mark.parametrize(
    "first",
    [
        OpenDataChannel(uuid.uuid4(), "wrong", uuid.uuid4()).to_json(),
        json.dumps({"MessageSchemaVersion": "1.0", "RequestId": str(uuid.uuid4())}),
        "nonsense",
        b"binary",
    ],
    ids=["wrong token", "no token", "not JSON", "a binary frame"],
)
async def test_a_channel_without_its_token_is_closed(start: StartChannel, lab: Lab, first: str | bytes) -> None:
    client = await start(open_channel=False)
    url = client.grant["StreamUrl"]
    async with connect(url, additional_headers=signed_headers(lab, url)) as socket:
        await socket.send(first)
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1003
        assert "TokenValue" in (socket.close_reason or "")


async def test_an_old_token_opens_nothing(start: StartChannel, aws: Aws, lab: Lab) -> None:
    client = await start(open_channel=False)
    fresh = await aws.call("ssm", "ResumeSession", SessionId=client.grant["SessionId"])
    await client.open({**fresh, "TokenValue": client.grant["TokenValue"]})
    assert client.socket is not None
    await client.socket.wait_closed()
    assert client.socket.close_code == 1003
    assert [opening.accepted for opening in lab.streams.openings] == [False]


async def test_an_agent_that_fails_at_once_still_tells_why(start: StartChannel) -> None:
    client = await start("ad-dc-1", open_channel=False, DocumentName="Ops-TailUnit", Parameters={"unit": ["ssh"]})
    await client.open()
    assert await client.until_closed() == "Commands cannot be empty for session type InteractiveCommands"


async def test_channel_closed_is_shaped_like_a_real_one(start: StartChannel, lab: Lab) -> None:
    client = await start("ad-dc-1", open_channel=False, DocumentName="Ops-TailUnit", Parameters={"unit": ["ssh"]})
    url = client.grant["StreamUrl"]
    async with connect(url, additional_headers=signed_headers(lab, url)) as socket:
        await socket.send(OpenDataChannel(uuid.uuid4(), client.grant["TokenValue"], uuid.uuid4()).to_json())
        messages = [AgentMessage.decode(frame) async for frame in socket if isinstance(frame, bytes)]
    assert [message.message_type for message in messages] == [
        MessageType.START_PUBLICATION,
        MessageType.CHANNEL_CLOSED,
    ]
    body = json.loads(messages[-1].payload)
    assert list(body) == [
        "MessageId",
        "CreatedDate",
        "DestinationId",
        "SessionId",
        "MessageType",
        "SchemaVersion",
        "Output",
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", body["CreatedDate"])
    assert body["Output"] == ("\n----------ERROR-------\nCommands cannot be empty for session type InteractiveCommands")


async def test_a_terminal_that_takes_no_input_holds_up_only_its_own_session(start: StartChannel) -> None:
    stuck = await start(
        DocumentName="AWS-StartInteractiveCommand", Parameters={"command": ["stty raw -echo; echo up; sleep 600"]}
    )
    await stuck.until("up")
    await stuck.type("x" * 200_000)
    await wait_until("acknowledgements to stop", lambda: 0 < stuck.core.unacknowledged[0] < 190)
    other = await start("web-2")
    await other.until("ssm-user@web-2:~$ ")
    assert stuck.core.unacknowledged[0] > 0


async def test_a_windows_node_answers_with_its_own_shell(start: StartChannel) -> None:
    client = await start("ad-dc-1")
    await client.until("PS C:\\Windows\\System32> ")
    await client.type("hostnamx\x7fe\r")
    await client.until("\r\nad-dc-1\r\n")
    await client.type("exit\r")
    assert await client.until_closed() == ""


async def resume(client: ChannelClient, aws: Aws) -> None:
    """What a client does once its socket is gone."""
    assert client.socket is not None
    await client.socket.wait_closed()
    await client.drop()
    await client.open(await aws.call("ssm", "ResumeSession", SessionId=client.grant["SessionId"]))


async def test_a_cut_socket_leaves_the_session_disconnected_and_it_is_resumed(
    start: StartChannel, aws: Aws, lab: Lab
) -> None:
    client = await start()
    await client.until("$ ")
    session = lab.book.find(client.grant["SessionId"])
    assert session is not None
    lab.cut_clients()
    await wait_until("Disconnected", lambda: session.status == "Disconnected")
    assert client.socket is not None
    await client.socket.wait_closed()
    assert client.socket.close_code == 1006
    await resume(client, aws)
    await client.type("echo $((40+2))\r")
    await client.until("42\r\n")
    assert session.status == "Connected"


async def test_after_a_bye_the_session_is_resumed(start: StartChannel, aws: Aws, lab: Lab) -> None:
    client = await start()
    await client.until("$ ")
    lab.say_bye()
    assert client.socket is not None
    await client.socket.wait_closed()
    assert (client.socket.close_code, client.socket.close_reason) == (1000, "Bye")
    assert client.closed is None
    await resume(client, aws)
    await client.type("echo $((40+2))\r")
    await client.until("42\r\n")


async def test_a_resumed_session_has_a_new_address_and_the_old_one_is_void(
    start: StartChannel, aws: Aws, lab: Lab
) -> None:
    client = await start(open_channel=False)
    old = client.grant["StreamUrl"]
    fresh = await aws.call("ssm", "ResumeSession", SessionId=client.grant["SessionId"])
    assert fresh["StreamUrl"].partition("cell-number=")[2] != old.partition("cell-number=")[2]
    with pytest.raises(InvalidStatus, match="403"):
        await connect(old, additional_headers=signed_headers(lab, old))
    await client.open(fresh)
    await client.until("$ ")


async def test_nothing_comes_out_of_a_black_hole_until_it_ends(start: StartChannel, lab: Lab) -> None:
    client = await start()
    await client.until("$ ")
    assert client.socket is not None
    session = lab.book.find(client.grant["SessionId"])
    assert session is not None
    lab.black_hole(0.3)
    pong = await client.socket.ping()
    await client.type("echo $((40+2))\r")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.15):
            await asyncio.shield(pong)
    assert b"42" not in client.output
    assert session.status == "Connected"
    await client.until("42\r\n")
    await pong


async def test_a_client_leaves_a_black_hole_that_never_ends_by_resuming(
    start: StartChannel, aws: Aws, lab: Lab
) -> None:
    client = await start()
    await client.until("$ ")
    lab.black_hole(math.inf)
    await client.drop()
    await client.open(await aws.call("ssm", "ResumeSession", SessionId=client.grant["SessionId"]))
    await client.type("echo $((40+2))\r")
    await client.until("42\r\n")


async def test_a_session_that_ended_silently_is_found_gone_by_who_asks(start: StartChannel, aws: Aws, lab: Lab) -> None:
    client = await start()
    await client.until("$ ")
    await client.type("echo pid=$$;\r")
    await wait_until("the shell's pid", lambda: re.search(rb"pid=(\d+)\r\n", client.output))
    pid = int(re.search(rb"pid=(\d+)\r\n", client.output)[1])  # type: ignore[index]
    lab.end_silently(client.grant["SessionId"])
    with pytest.raises(ClientError) as refused:
        await aws.call("ssm", "ResumeSession", SessionId=client.grant["SessionId"])
    assert refused.value.response["Error"]["Code"] == "DoesNotExistException"
    assert client.socket is not None
    await client.socket.wait_closed()
    assert client.socket.close_code == 1006
    await wait_until("the shell to be gone", lambda: not is_running(pid))
    assert client.closed is None


async def test_an_agent_that_was_away_keeps_its_counters(start: StartChannel, lab: Lab) -> None:
    client = await start()
    await client.until("$ ")
    lab.cut_agents()
    await client.type("echo $((40+2))\r")
    await client.until("42\r\n")
    await client.type("echo $((50+3))\r")
    await client.until("53\r\n")
    assert client.output.count(b"42\r\n") == 1


class TestFaults:
    @pytest.fixture
    def options(self) -> LabOptions:
        text = (
            "seed=5,lose=0.05,double=0.05,reorder=0.05,corrupt=0.05,delay=0.05:50ms,malformed=0.05,withhold-acks=0.05"
        )
        return LabOptions(start_delay=0.0, faults=parse_faults(f"{text},publication=0.01"))

    async def test_a_session_is_whole_in_spite_of_seeded_trouble(self, start: StartChannel, lab: Lab) -> None:
        client = await start()
        await client.until("$ ")
        await client.type("seq 1000 $((1500*2)); echo back $((40+2))\r")
        await client.until("\nback 42\r\n", timeout=30.0)
        numbers = [int(line) for line in client.output.split() if line.isdigit()]
        assert numbers[-2002:] == [*range(1000, 3001), 42], lab.options.faults


class TestGone:
    @pytest.fixture
    def options(self) -> LabOptions:
        return LabOptions(start_delay=0.0, faults=parse_faults("gone=300ms,mute-agent"))

    async def test_a_session_goes_after_its_time_and_its_agent_never_spoke(self, start: StartChannel, lab: Lab) -> None:
        client = await start()
        session = lab.book.find(client.grant["SessionId"])
        assert session is not None
        await wait_until("the end", lambda: not session.active)
        assert client.output == b""
        assert client.closed is None


class TestAStuckHandshake:
    @pytest.fixture
    def options(self) -> LabOptions:
        return LabOptions(start_delay=0.0, faults=parse_faults("stuck-handshake"))

    async def test_its_command_runs_and_says_nothing_to_the_client(self, start: StartChannel, lab: Lab) -> None:
        client = await start(DocumentName="AWS-StartNonInteractiveCommand", Parameters={"command": ["echo out"]})
        session = lab.book.find(client.grant["SessionId"])
        assert session is not None
        await client.until_closed()
        assert client.ready is None
        assert client.output == b""


@pytest.mark.parametrize("foreign", [{"Origin": "https://example.com"}, {"Host": "example.com"}])
async def test_fault_26_an_upgrade_for_somebody_else_is_refused(
    start: StartChannel, lab: Lab, foreign: dict[str, str]
) -> None:
    client = await start(open_channel=False)
    host, port = "127.0.0.1", lab.streams.port
    path = client.grant["StreamUrl"].partition(str(port))[2]
    headers = {"Host": f"{host}:{port}", "Upgrade": "websocket", "Connection": "Upgrade", **foreign}
    headers |= {"Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==", "Sec-WebSocket-Version": "13"}
    reader, writer = await asyncio.open_connection(host, port)
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    status = await reader.readline()
    writer.close()
    assert b" 403 " in status


@pytest.mark.parametrize("fault", ["expired=OpenDataChannel:1", "deny=OpenDataChannel"])
async def test_credentials_that_expire_or_lack_the_permission_open_no_socket(
    start: StartChannel, lab: Lab, fault: str
) -> None:
    client = await start(open_channel=False)
    lab.faults.spec = parse_faults(fault)
    url = client.grant["StreamUrl"]
    with pytest.raises(InvalidStatus, match="403"):
        await connect(url, additional_headers=signed_headers(lab, url))
