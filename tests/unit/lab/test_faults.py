"""What becomes of frames and calls, decided without a socket."""

from __future__ import annotations

import random
import uuid

import pytest

from ssmtui.errors import RemoteProtocolError
from ssmtui.lab.answers import ApiError
from ssmtui.lab.fault_spec import NO_FAULTS, FaultSpec, parse_faults
from ssmtui.lab.faults import (
    PAUSE_LENGTH,
    ApiFaults,
    CutPlan,
    Direction,
    FaultPlan,
    LabFaults,
    Sending,
    SessionFaults,
)
from ssmtui.protocol import AgentMessage, MessageType, PayloadType, Stamp, message

SEED = 11


def plan(text: str, direction: Direction = Direction.CLIENT) -> FaultPlan:
    spec = parse_faults(text)
    return FaultPlan(lambda: spec, random.Random(SEED), direction)


def stream(sequence: int = 0, payload_type: int = PayloadType.OUTPUT, payload: bytes = b"text") -> bytes:
    return AgentMessage(MessageType.OUTPUT, bytes(16), 1, sequence, payload_type=payload_type, payload=payload).encode()


STAMP = Stamp(uuid.UUID(int=5).bytes, 1)
ACK = message.encode_acknowledgement(STAMP, AgentMessage.decode(stream()))
CLOSED = message.channel_closed(STAMP, "session").encode()
START = message.publication(STAMP, start=True).encode()
FRAMES = [stream(number) for number in range(400)]


def share(sent: list[Sending], frames: list[bytes]) -> float:
    return len(sent) / len(frames)


def all_sent(plan: FaultPlan, frames: list[bytes]) -> list[Sending]:
    return [sending for frame in frames for sending in plan.pass_on(frame)]


def test_without_faults_frames_pass_as_they_are_and_no_die_is_thrown() -> None:
    dice = random.Random(SEED)
    before = dice.getstate()
    plan = FaultPlan(lambda: NO_FAULTS, dice, Direction.CLIENT)
    frames = [*FRAMES, ACK, CLOSED, START, b"short"]
    assert all_sent(plan, frames) == [(0.0, frame) for frame in frames]
    assert dice.getstate() == before


def test_the_same_seed_makes_the_same_trouble_and_another_session_other_trouble() -> None:
    spec = parse_faults("seed=4,lose=0.2,double=0.2,corrupt=0.2,reorder=0.2,malformed=0.1,publication=0.1,delay=0.2:1")
    once, again, other = (all_sent(SessionFaults(lambda: spec, number).to_client, FRAMES) for number in (1, 1, 2))
    assert once == again
    assert once != other
    assert all_sent(SessionFaults(lambda: spec, 1).to_agent, FRAMES) != once


def test_losing() -> None:
    sent = all_sent(plan("lose=0.25"), FRAMES)
    assert 0.65 < share(sent, FRAMES) < 0.85, SEED
    assert all(sending in [(0.0, frame) for frame in FRAMES] for sending in sent)


def test_doubling() -> None:
    sent = all_sent(plan("double=1"), FRAMES[:2])
    assert sent == [(0.0, FRAMES[0])] * 2 + [(0.0, FRAMES[1])] * 2


def test_delaying() -> None:
    assert plan("delay=1:0.5").pass_on(FRAMES[0]) == [(0.5, FRAMES[0])]
    late = [delay for delay, _ in all_sent(plan("delay=0.25:0.5"), FRAMES)]
    assert 0.15 < late.count(0.5) / len(late) < 0.35, SEED


def test_reordering_lets_the_next_frame_pass_first_and_loses_none() -> None:
    sent = all_sent(plan("reorder=1"), FRAMES[:5])
    assert [FRAMES.index(frame) for _, frame in sent] == [1, 0, 3, 2]
    reordered = plan("reorder=1")
    assert reordered.pass_on(FRAMES[0]) == []
    assert reordered.pass_on(CLOSED) == [(0.0, FRAMES[0]), (0.0, CLOSED)]


@pytest.mark.parametrize("frame", [stream(), ACK], ids=["stream", "acknowledge"])
def test_corruption_flips_one_bit_that_the_digest_betrays(frame: bytes) -> None:
    corrupting = plan("corrupt=1")
    for _ in range(50):
        [(_, sent)] = corrupting.pass_on(frame)
        assert sum((one ^ other).bit_count() for one, other in zip(sent, frame, strict=True)) == 1
        with pytest.raises(RemoteProtocolError, match="digest"):
            AgentMessage.decode(sent)


def test_acknowledgements_alone_are_withheld() -> None:
    withholding = plan("withhold-acks=1")
    assert withholding.pass_on(ACK) == []
    assert withholding.pass_on(FRAMES[0]) == [(0.0, FRAMES[0])]


def test_publication_pauses_after_a_frame_and_starts_again() -> None:
    (_, first), (now, pause), (later, start) = plan("publication=1").pass_on(FRAMES[0])
    assert first == FRAMES[0]
    assert (now, later) == (0.0, PAUSE_LENGTH)
    assert AgentMessage.decode(pause).message_type == MessageType.PAUSE_PUBLICATION
    assert AgentMessage.decode(start).message_type == MessageType.START_PUBLICATION


def test_malformed_frames_are_added() -> None:
    adding = plan("malformed=1")
    for frame in FRAMES[:50]:
        (_, first), (_, nonsense) = adding.pass_on(frame)
        assert first == frame
        with pytest.raises(RemoteProtocolError):
            AgentMessage.decode(nonsense)


def test_a_fault_of_one_direction_leaves_the_other_alone() -> None:
    text = "lose@agent=1"
    assert plan(text, Direction.AGENT).pass_on(FRAMES[0]) == []
    assert plan(text, Direction.CLIENT).pass_on(FRAMES[0]) == [(0.0, FRAMES[0])]


def test_the_gateways_own_words_are_not_touched_unless_asked() -> None:
    everything = plan("lose=1,corrupt=1,double=1,malformed=1,publication=1,delay=1:1,reorder=1,mute-agent")
    assert everything.pass_on(CLOSED) == [(0.0, CLOSED)]
    assert everything.pass_on(START) == [(0.0, START)]
    assert plan("lose-closed").pass_on(CLOSED) == []


def test_a_mute_agent_says_nothing_and_hears_everything() -> None:
    mute = plan("mute-agent")
    assert all_sent(mute, [FRAMES[0], ACK]) == []
    assert plan("mute-agent", Direction.AGENT).pass_on(FRAMES[0]) == [(0.0, FRAMES[0])]


def test_a_stuck_handshake_lacks_its_end() -> None:
    stuck = plan("stuck-handshake")
    assert stuck.pass_on(stream(0, PayloadType.HANDSHAKE_REQUEST)) != []
    assert stuck.pass_on(stream(1, PayloadType.HANDSHAKE_COMPLETE)) == []


def test_a_socket_breaks_after_so_many_bytes_and_the_next_one_too() -> None:
    spec = FaultSpec(cut_client=100)
    cuts = CutPlan(lambda: spec, random.Random(SEED))
    for _ in range(2):
        cuts.new_socket()
        assert [cuts.breaks(40) for _ in range(3)] == [False, False, True]


def test_a_socket_breaks_by_chance() -> None:
    spec = FaultSpec(cut_chance=0.25)
    cuts = CutPlan(lambda: spec, random.Random(SEED))
    assert 0.15 < sum(cuts.breaks(1) for _ in range(400)) / 400 < 0.35, SEED


def failures(faults: ApiFaults, *calls: str) -> list[str]:
    """The code of each call's failure, empty where it succeeds."""
    codes = []
    for call in calls:
        try:
            faults.check(call)
        except ApiError as error:
            codes.append(error.code)
        else:
            codes.append("")
    return codes


def test_calls_fail_as_often_as_asked_one_reason_after_the_other() -> None:
    faults = ApiFaults(parse_faults("http=StartSession:500:2,expired=StartSession:1").api)
    assert failures(faults, "ListDocuments", *["StartSession"] * 4) == [
        "", "InternalServerError", "InternalServerError", "ExpiredTokenException", "",
    ]  # fmt: skip


def test_any_call_fails_by_chance() -> None:
    faults = ApiFaults(parse_faults("throttle=*:0.25").api, SEED)
    codes = failures(faults, *["StartSession"] * 400)
    assert 0.15 < codes.count("ThrottlingException") / len(codes) < 0.35, SEED


def test_a_change_of_the_faults_is_heeded_by_sessions_that_run() -> None:
    faults = LabFaults(NO_FAULTS)
    session = faults.next_session()
    faults.spec = parse_faults("lose=1,throttle=StartSession:1")
    assert session.to_client.pass_on(FRAMES[0]) == []
    assert failures(faults.api, "StartSession", "StartSession") == ["ThrottlingException", ""]
