"""Sessions encrypted with a KMS key, client and agent (protocol.md section 5.5; edge cases 60 to 65 and 67)."""

from __future__ import annotations

import base64
import json
from itertools import count

import pytest

from ssmtui.errors import LocalProtocolError
from ssmtui.model import TerminalSize
from ssmtui.protocol import (
    AgentMessage,
    ChallengeAnswered,
    ChannelState,
    DataChannel,
    DataKeyWanted,
    Dropped,
    ExitCode,
    Fatal,
    Flag,
    HandshakeAnswered,
    HandshakeLate,
    HandshakeSeen,
    InputReceived,
    NonceSource,
    Output,
    PayloadType,
    Ready,
    RequestedAction,
    Role,
    SizeReceived,
    StdErr,
)
from ssmtui.protocol.cipher import SessionCipher
from ssmtui.protocol.payloads import encode_challenge
from tests.support.playbook import Playbook, stamps

KEY = bytes(range(64))
SHELL = RequestedAction("SessionType", {"SessionType": "Standard_Stream"})
KMS = RequestedAction("KMSEncryption", {"KMSKeyId": "alias/x", "Challenge": "MDEyMzQ1Njc4OWFiY2RlZg=="})
BLOB = b"only KMS can read this"


def nonces(start: int = 0) -> NonceSource:
    numbers = count(start)
    return lambda: next(numbers).to_bytes(12, "big")


AGENT = SessionCipher(KEY, Role.AGENT, nonces(1 << 40))


def _asked(*actions: RequestedAction) -> Playbook:
    """A client that has heard a HandshakeRequest with encryption."""
    play = Playbook(nonce=nonces())
    play.connect()
    play.hear(play.peer.request(0, *(actions or (SHELL, KMS))))
    return play


def _supply(play: Playbook, key: bytes = KEY) -> None:
    play.channel.supply_data_key(key, BLOB, play.now)
    play.until(play.now)


def _keyed() -> Playbook:
    play = _asked()
    _supply(play)
    play.hear(play.peer.ack(0))
    play.events()
    play.script()
    return play


def _open() -> Playbook:
    """A client in an encrypted session that has heard the first output."""
    play = _keyed()
    play.hear(play.peer.complete(1), play.peer.data(2, AGENT.encrypt(b"$ ")))
    assert [type(event) for event in play.events()] == [Ready, Output]
    play.script()
    return play


def _kms_answer(play: Playbook) -> dict[str, object]:
    frames = [AgentMessage.decode(frame) for frame in play.frames]
    (response,) = [frame for frame in frames if frame.payload_type == PayloadType.HANDSHAKE_RESPONSE]
    answer: dict[str, object] = json.loads(response.payload)["ProcessedClientActions"][-1]
    return answer


def test_response_waits_for_the_data_key() -> None:
    play = _asked()
    assert play.events() == [DataKeyWanted("alias/x", "MDEyMzQ1Njc4OWFiY2RlZg==")]
    assert (play.sent(), play.channel.state) == (["ack 0"], ChannelState.REQUESTED)
    _supply(play)
    assert play.channel.state is ChannelState.ANSWERED
    assert play.events() == [HandshakeSeen("3.3.987.0", "Standard_Stream", ())]
    assert _kms_answer(play) == {
        "ActionType": "KMSEncryption",
        "ActionStatus": 1,
        "ActionResult": {
            "KMSCipherTextKey": base64.b64encode(BLOB).decode(),
            "KMSCipherTextHash": None,
            "ChallengeAcknowledgement": True,
        },
        "Error": "",
    }
    play.hear(play.peer.ack(0), play.peer.complete(1))
    assert play.events() == [Ready("Standard_Stream", "3.3.987.0", False, None, "", True)]


@pytest.mark.parametrize("challenge", [{}, {"Challenge": ""}, {"Challenge": 5}])
def test_edge_65_without_a_challenge_none_is_acknowledged(challenge: dict[str, object]) -> None:
    play = _asked(SHELL, RequestedAction("KMSEncryption", {"KMSKeyId": "alias/x", **challenge}))
    assert play.events() == [DataKeyWanted("alias/x", None)]
    _supply(play)
    result = _kms_answer(play)["ActionResult"]
    assert result == {"KMSCipherTextKey": base64.b64encode(BLOB).decode(), "KMSCipherTextHash": None}


def test_edge_64_refusal_reaches_the_agent_and_the_tab() -> None:
    play = _asked()
    play.events()
    play.channel.refuse_data_key("AccessDenied: no kms:GenerateDataKey", play.now)
    play.until(play.now)
    answer = _kms_answer(play)
    assert (answer["ActionStatus"], answer["Error"]) == (2, "AccessDenied: no kms:GenerateDataKey")
    assert play.events() == [HandshakeSeen("3.3.987.0", "Standard_Stream", ("AccessDenied: no kms:GenerateDataKey",))]


@pytest.mark.parametrize("length", [0, 32, 63, 65])
def test_data_key_of_a_wrong_length_is_refused(length: int) -> None:
    play = _asked()
    _supply(play, bytes(length))
    answer = _kms_answer(play)
    assert answer["ActionStatus"] == 2
    assert answer["Error"] == f"KMS gave a data key of {length} bytes, not 64"


@pytest.mark.parametrize("parameters", [{}, {"KMSKeyId": ""}, {"KMSKeyId": 7}])
def test_missing_key_id_is_refused_at_once(parameters: dict[str, object]) -> None:
    play = _asked(SHELL, RequestedAction("KMSEncryption", parameters))
    assert [type(event) for event in play.events()] == [HandshakeSeen]
    assert _kms_answer(play)["ActionStatus"] == 2


def test_late_and_second_answers_about_the_key_are_ignored() -> None:
    play = _asked()
    play.channel.refuse_data_key("no", play.now)
    _supply(play)
    play.channel.refuse_data_key("no", play.now)
    play.hear(play.peer.request(1, SHELL, KMS))
    assert _kms_answer(play)["Error"] == "no"
    play.hear(play.peer.closed())
    _supply(play)
    assert play.channel.state is ChannelState.CLOSED


def test_request_that_is_repeated_while_the_key_is_awaited_is_only_acknowledged() -> None:
    play = _asked()
    play.events()
    play.hear(play.peer.request(0, SHELL, KMS), play.peer.request(1, SHELL, KMS))
    assert play.sent() == ["ack 0", "ack 0", "ack 1"]
    assert [type(event) for event in play.events()] == [Dropped]


def test_clock_for_a_late_agent_goes_on_while_the_key_is_awaited() -> None:
    play = _asked()
    play.events()
    play.until(30.0)
    assert play.events() == [HandshakeLate()]


@pytest.mark.parametrize("options", [{}, {"nonce": nonces(), "encryption": False}])
def test_without_nonces_or_switched_off_encryption_is_declined(options: dict[str, object]) -> None:
    play = Playbook(**options)  # type: ignore[arg-type]
    play.connect()
    play.hear(play.peer.request(0, SHELL, KMS))
    assert [type(event) for event in play.events()] == [HandshakeSeen]
    assert _kms_answer(play)["ActionStatus"] == 2


def _challenge(play: Playbook, number: int, wire: bytes) -> bytes:
    return play.peer.stream(number, PayloadType.ENC_CHALLENGE_REQUEST, encode_challenge(wire))


def test_session_without_encryption_stays_in_clear_although_it_could_be_had() -> None:
    play = _asked(SHELL)
    play.hear(play.peer.ack(0), _challenge(play, 1, AGENT.encrypt(bytes(64))))
    play.hear(play.peer.complete(2), play.peer.data(3, b"$ "))
    seen, dropped, ready, output = play.events()
    assert seen == HandshakeSeen("3.3.987.0", "Standard_Stream", ())
    assert dropped == Dropped("payload type 8 without an encrypted session")
    assert isinstance(ready, Ready)
    assert not ready.encrypted
    assert output == Output(b"$ ")
    play.script()
    play.type(b"ls")
    assert play.sent() == ["#1 output ls"]


def test_challenge_comes_back_under_the_other_half() -> None:
    play = _keyed()
    play.hear(_challenge(play, 1, AGENT.encrypt(bytes(64))))
    assert play.sent() == ["ack 1", "#1 enc_challenge_response"]
    body = json.loads(AgentMessage.decode(play.frames[-1]).payload)
    assert AGENT.decrypt(base64.b64decode(body["Challenge"])) == bytes(64)


def test_acknowledged_challenge_response_does_not_open_the_window() -> None:
    play = _keyed()
    play.hear(_challenge(play, 1, AGENT.encrypt(bytes(64))))
    play.hear(play.peer.ack(1), play.peer.complete(2), play.peer.data(3, AGENT.encrypt(b"$ ")))
    play.script()
    for key in (b"1", b"2", b"3"):
        play.type(key)
    assert len(play.sent()) == 1


@pytest.mark.parametrize("wire", [b"", bytes(5), bytes(27), bytes(92)])
def test_edge_61_false_challenge_is_dropped_and_a_true_one_still_answered_once(wire: bytes) -> None:
    play = _keyed()
    true = AGENT.encrypt(bytes(64))
    play.hear(_challenge(play, 1, wire), play.peer.stream(2, PayloadType.ENC_CHALLENGE_REQUEST, b'{"Challenge":"*"}'))
    assert [type(event) for event in play.events()] == [Dropped, Dropped]
    play.hear(_challenge(play, 3, true), _challenge(play, 4, true))
    assert play.sent() == ["ack 1", "ack 2", "ack 3", "ack 4", "#1 enc_challenge_response"]
    assert play.events() == [Dropped("EncChallengeRequest has been answered before")]


def test_edge_61_challenge_before_the_key_is_dropped() -> None:
    play = _asked()
    play.events()
    play.hear(_challenge(play, 1, AGENT.encrypt(bytes(64))))
    assert play.events() == [Dropped("payload type 8 without an encrypted session")]
    assert play.sent() == ["ack 0", "ack 1"]


@pytest.mark.parametrize("kind", [PayloadType.OUTPUT, PayloadType.STDERR, PayloadType.EXIT_CODE])
@pytest.mark.parametrize("swapped", [False, True])
def test_edges_60_and_62_output_in_clear_or_under_the_wrong_half_ends_the_session(
    kind: PayloadType, swapped: bool
) -> None:
    play = _open()
    wrong = SessionCipher(KEY, Role.CLIENT, nonces()).encrypt(b"root")
    play.hear(play.peer.stream(3, kind, wrong if swapped else b"a line of text in clear, long enough"))
    assert play.events() == [Fatal("output of an encrypted session: not encrypted with this session's key")]
    assert play.channel.state is ChannelState.FAILED


def test_edge_62_output_before_the_key_ends_the_session() -> None:
    play = _asked()
    play.events()
    play.hear(play.peer.data(1, b"in clear"))
    assert play.events() == [Fatal("output of an encrypted session: data came before the session's key")]


def test_edge_62_size_and_flag_stay_in_clear() -> None:
    play = _open()
    play.channel.send_size(TerminalSize(80, 24), play.now)
    play.channel.send_flag(Flag.TERMINATE, play.now)
    play.until(0.0)
    for number in (1, 2):
        play.hear(play.peer.ack(number))
    assert [line for line in play.sent() if line.startswith("#")] == [
        '#1 size {"cols":80,"rows":24}',
        r"#2 flag \x00\x00\x00\x02",
    ]


def test_edge_63_stderr_and_exit_code_are_decrypted() -> None:
    play = _open()
    play.hear(
        play.peer.stream(3, PayloadType.STDERR, AGENT.encrypt(b"oops")),
        play.peer.stream(4, PayloadType.EXIT_CODE, AGENT.encrypt(b"EXIT_CODE: 3")),
    )
    assert play.events() == [StdErr(b"oops"), ExitCode(3)]


def test_input_is_encrypted_with_1024_bytes_of_plain_text_at_most() -> None:
    play = _open()
    play.type(b"x" * 2000)
    play.hear(play.peer.ack(1))
    sent = [AgentMessage.decode(frame) for frame in play.frames]
    wires = [frame.payload for frame in sent if frame.payload_type == PayloadType.OUTPUT]
    assert [AGENT.decrypt(wire) for wire in wires] == [b"x" * 1024, b"x" * 976]


def test_edge_67_resends_and_a_resume_repeat_the_very_bytes() -> None:
    play = _open()
    play.type(b"ls")
    (first,) = play.frames[-1:]
    play.until(0.5)
    play.cut()
    play.connect()
    play.until(1.0)
    repeats = [frame for frame in play.frames if AgentMessage.decode(frame).payload_type == PayloadType.OUTPUT]
    assert len(repeats) >= 3
    assert set(repeats) == {first}
    play.hear(play.peer.ack(1), play.peer.data(3, AGENT.encrypt(b"same key")))
    assert play.events() == [Output(b"same key")]


# The agent


def _pair() -> tuple[DataChannel, DataChannel]:
    client = DataChannel(Role.CLIENT, stamps(), nonce=nonces())
    agent = DataChannel(Role.AGENT, stamps(), nonce=nonces(1 << 40))
    return client, agent


def _run(client: DataChannel, agent: DataChannel, start: float, end: float, lose: int = 0) -> None:
    """Pass frames to and fro every 50 ms; with ``lose``, each frame of that count is lost."""
    order = count(1)
    for step in range(round((end - start) * 20)):
        now = start + step / 20
        for source, sink in ((client, agent), (agent, client)):
            source.handle_timeout(now)
            for frame in source.frames_to_send(now):
                if not lose or next(order) % lose:
                    sink.receive(frame, now)


def _handshaken() -> tuple[DataChannel, DataChannel]:
    client, agent = _pair()
    client.connected(0.0)
    agent.connected(0.0)
    agent.request_handshake("3.3.987.0", [SHELL, KMS], 0.0)
    _run(client, agent, 0.0, 0.2)
    client.supply_data_key(KEY, BLOB, 0.2)
    _run(client, agent, 0.2, 0.4)
    (answered,) = agent.events()
    assert isinstance(answered, HandshakeAnswered)
    result = answered.response.actions[-1].result
    assert result is not None
    assert base64.b64decode(str(result["KMSCipherTextKey"])) == BLOB
    agent.use_data_key(KEY)
    return client, agent


def test_edge_67_both_cores_through_loss_and_resume() -> None:
    client, agent = _handshaken()
    agent.send_challenge(bytes(range(64)), 0.4)
    _run(client, agent, 0.4, 1.0)
    assert agent.events() == [ChallengeAnswered(True)]
    agent.complete_handshake("", 1, 1.0)
    agent.send_output(b"$ ", 1.0)
    client.send_size(TerminalSize(80, 24), 1.0)
    client.send_input(b"abc" * 2000, 1.0)
    _run(client, agent, 1.0, 3.0, lose=3)
    client.disconnected(3.0)
    agent.send_output(b"xyz" * 2000, 3.0)
    client.connected(4.0)
    _run(client, agent, 4.0, 20.0, lose=4)
    shown, heard = client.events(), agent.events()
    assert b"".join(event.data for event in shown if isinstance(event, Output)) == b"$ " + b"xyz" * 2000
    assert b"".join(event.data for event in heard if isinstance(event, InputReceived)) == b"abc" * 2000
    assert SizeReceived(TerminalSize(80, 24)) in heard
    assert sum(isinstance(event, DataKeyWanted) for event in shown) == 1
    assert (client.unacknowledged, agent.unacknowledged) == ((0, 0), (0, 0))


@pytest.mark.parametrize("wire", [b"", bytes(92), AGENT.encrypt(bytes(64))])
def test_agent_reports_a_false_answer_to_its_challenge(wire: bytes) -> None:
    _, agent = _handshaken()
    agent.send_challenge(bytes(64), 0.4)
    agent.receive(_response(wire), 0.5)
    assert agent.events() == [ChallengeAnswered(False)]


def _response(wire: bytes) -> bytes:
    return Playbook(Role.AGENT).peer.stream(1, PayloadType.ENC_CHALLENGE_RESPONSE, encode_challenge(wire))


def test_answer_to_no_challenge_ends_the_agents_session() -> None:
    _, agent = _handshaken()
    agent.receive(_response(bytes(92)), 0.5)
    assert agent.events() == [Fatal("an EncChallengeResponse that nobody waits for")]
    agent.use_data_key(KEY)
    agent.send_challenge(bytes(64), 0.6)
    assert agent.state is ChannelState.FAILED


def test_edge_62_input_in_clear_ends_the_agents_session() -> None:
    _, agent = _handshaken()
    agent.complete_handshake("", 1, 0.4)
    agent.receive(Playbook(Role.AGENT).peer.data(1, b"in clear"), 0.5)
    assert agent.events() == [Fatal("8 bytes are too few to be encrypted")]


def test_agent_may_not_encrypt_before_the_response_nor_without_nonces() -> None:
    play = Playbook(Role.AGENT)
    with pytest.raises(LocalProtocolError, match="use_data_key while the channel is waiting"):
        play.channel.use_data_key(KEY)
    play.connect()
    play.channel.request_handshake("", [KMS], 0.0)
    play.until(0.0)
    play.hear(play.peer.response(0))
    with pytest.raises(LocalProtocolError, match="a challenge needs a data key"):
        play.channel.send_challenge(bytes(64), 0.0)
    with pytest.raises(LocalProtocolError, match="a source of nonces"):
        play.channel.use_data_key(KEY)
