"""``ssmtui sessions`` and ``ssmtui terminate``: who has what open, and its end."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from ssmtui.cli import questions, sessions, terminate
from ssmtui.cli.main import run
from ssmtui.errors import AccessDenied, CredentialsError, SsmtuiError
from ssmtui.inventory.cache import NodeCache
from ssmtui.inventory.export import session_object
from ssmtui.inventory.session_rows import session_rows
from ssmtui.ledger.entry import Entry
from ssmtui.ledger.ledger import Ledger
from ssmtui.ledger.record import Ending
from ssmtui.model import Identity, Node, Scope, SessionRecord, StartRequest
from tests.support.fakes import ACCOUNT, SCOPE, FakeGateway, FakeGateways
from tests.support.wait import wait_until

Capture = pytest.CaptureFixture[str]
ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/Ops"
NOW = datetime.now(UTC)


def record(who: str, number: int, minutes: int = 5, **changes: object) -> SessionRecord:
    return SessionRecord(
        f"{who}-{number:017x}",
        f"i-{number:017x}",
        "Connected",
        f"{ROLE}/{who}",
        "SSM-SessionManagerRunShell",
        started=NOW - timedelta(minutes=minutes),
    )._replace(**changes)


MINE = record("jane", 1, 10, reason="deploy \x1b]0;x\x07")
FORWARD = record("jane", 2, 90, document_name="AWS-StartPortForwardingSession", status="Disconnected")
JOHN = record("john", 3, 5)
OVER = record("john", 4, 300, status="Terminated", ended=NOW - timedelta(minutes=180))


class Service(FakeGateway):
    """Sessions that end when they are ended, but those of john, whose end is denied."""

    def __init__(self) -> None:
        super().__init__([Node("i-00000000000000001", "web-1"), Node("i-00000000000000003", "db")])
        self.sessions = [MINE, FORWARD, JOHN, OVER]
        self.ended: list[str] = []
        self.denies_john = True
        self.looks_denied = False

    async def terminate_session(self, session_id: str) -> None:
        if self.denies_john and session_id.startswith("john"):
            raise AccessDenied("User: jane is not authorized", operation="TerminateSession")
        self.ended.append(session_id)

    async def _look(self, session_id: str, *, over: bool) -> SessionRecord | None:
        if self.looks_denied:
            raise AccessDenied("no", operation="DescribeSessions")
        return next((one for one in self.sessions if one.session_id == session_id and one.is_over is over), None)

    async def active_session(self, session_id: str) -> SessionRecord | None:
        return await self._look(session_id, over=False)

    async def past_session(self, session_id: str) -> SessionRecord | None:
        return await self._look(session_id, over=True)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    gateway = Service()

    @asynccontextmanager
    async def open_backend(options: object, settings: object) -> AsyncIterator[object]:
        yield SimpleNamespace(gateways=FakeGateways(gateway))

    monkeypatch.setattr("ssmtui.backend.open_backend", open_backend)
    return gateway


def ids(out: str) -> list[str]:
    """The session ids of a printed table."""
    heading, *lines = out.splitlines()
    start = heading.index("SESSION ID")
    return [line[start:].split()[0] for line in lines]


# The list


def test_everybodys_sessions_are_listed_newest_first_with_the_names_of_their_nodes(
    service: Service, capsys: Capture
) -> None:
    assert run(["sessions"]) == 0
    out = capsys.readouterr().out
    assert ids(out) == [JOHN.session_id, MINE.session_id, FORWARD.session_id]
    heading, first, second, third = out.splitlines()
    assert heading.split("  ")[0] == "OWNER"
    assert first.split()[:3] == ["Ops/john", "db", JOHN.target]
    assert "web-1" in second
    assert "disconnected" in third
    assert all(line.isprintable() for line in out.splitlines())


def test_a_filter_is_that_of_the_screen(service: Service, capsys: Capture) -> None:
    assert run(["sessions", "is:mine", "-is:port"]) == 0
    assert ids(capsys.readouterr().out) == [MINE.session_id]
    assert run(["sessions", "name:web*|started:>1h"]) == 0
    assert ids(capsys.readouterr().out) == [MINE.session_id, FORWARD.session_id]


def test_an_invalid_filter_is_refused_before_aws_is_asked(service: Service, capsys: Capture) -> None:
    assert run(["sessions", "status:asleep"]) == 252
    said = capsys.readouterr().err
    assert "status is connected" in said
    assert "^^^^^^" in said
    assert service.sessions_asked == []


def test_the_past_is_listed_with_how_long_it_lasted(service: Service, capsys: Capture) -> None:
    assert run(["sessions", "--history"]) == 0
    out = capsys.readouterr().out
    assert ids(out) == [OVER.session_id]
    assert "2:00:00" in out
    assert service.sessions_asked == [(False, "")]


def test_json_has_all_that_is_known(service: Service, capsys: Capture) -> None:
    assert run(["sessions", "--json", "owner:john"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    (printed,) = json.loads(out)
    assert (printed["session_id"], printed["owner"]) == (JOHN.session_id, JOHN.owner)
    assert (printed["node_name"], printed["mine"], printed["where"]) == ("db", False, "elsewhere")
    assert 300 <= printed["duration"] < 900
    run(["sessions", "--json"])
    assert [one["reason"] for one in json.loads(capsys.readouterr().out)] == ["", MINE.reason, ""]


def test_an_object_has_null_where_nothing_is_known() -> None:
    (row,) = session_rows([SessionRecord("s-1", "i-1", "Failed")], SCOPE, None)
    found = session_object(row, NOW)
    assert [name for name, value in found.items() if value is None] == ["started", "ended", "duration", "max_minutes"]


def test_names_come_from_the_disk_where_they_are_there(service: Service, own_files: Path, capsys: Capture) -> None:
    service.listed = []
    kept = [Node(f"i-{number:017x}", f"kept-{number}") for number in (1, 2, 3)]
    NodeCache(own_files / "cache" / "ssmtui" / "inventory").save(SCOPE, ACCOUNT, "", kept, time.time())
    assert run(["sessions"]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()[1:]] == ["kept-3", "kept-1", "kept-2"]


def test_names_of_another_account_are_not_taken(service: Service, own_files: Path, capsys: Capture) -> None:
    kept = [Node(f"i-{number:017x}", "foreign") for number in (1, 2, 3)]
    NodeCache(own_files / "cache" / "ssmtui" / "inventory").save(SCOPE, "999999999999", "", kept, time.time())
    assert run(["sessions"]) == 0
    assert "foreign" not in capsys.readouterr().out


def test_a_fleet_that_cannot_be_listed_costs_the_names_alone(service: Service, capsys: Capture) -> None:
    service.error = AccessDenied("no", operation="DescribeInstanceProperties")
    service.listed = []
    assert run(["sessions"]) == 0
    assert len(ids(capsys.readouterr().out)) == 3


def test_denied_sessions_are_one_sentence(service: Service, capsys: Capture) -> None:
    service.sessions_error = AccessDenied("jane may not", operation="DescribeSessions")
    assert run(["sessions"]) == 254
    assert capsys.readouterr().err.count("\n") == 1


def test_a_list_without_an_end_is_cut(service: Service, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST", 2)
    assert run(["sessions"]) == 0
    assert "more than 2 sessions" in capsys.readouterr().err


# This machine's own


@pytest.fixture
async def ledger(own_files: Path) -> AsyncIterator[Ledger]:
    """The ledger of a running ssmtui on this machine."""
    state = own_files / "state" / "ssmtui"
    ledger = Ledger(state / "ledger", state / "journal.jsonl")
    ledger.home, ledger.identity = SCOPE, MINE.owner
    await ledger.open()
    yield ledger
    await ledger.close()


async def begun(ledger: Ledger, record: SessionRecord, title: str, scope: Scope = SCOPE) -> Entry:
    request = StartRequest(record.target, record.document_name, reason=record.reason or None, scope=scope)
    entry = ledger.begin(request, title=title)
    assert await entry.begun()
    entry.answered(record.session_id, str(uuid.UUID(int=7)))
    assert await entry.reserve(0, 256)
    return entry


async def verb(*arguments: str) -> int:
    """Run the verb beside a ledger whose loop goes on."""
    return await asyncio.to_thread(run, list(arguments))


async def test_what_this_machine_holds_is_said_and_is_ones_own(
    service: Service, ledger: Ledger, capsys: Capture
) -> None:
    assumed_anew = record("jane-2", 8, owner=f"{ROLE}/botocore-session-1753860460")
    service.sessions.append(assumed_anew)
    await begun(ledger, MINE, "web")
    left = await begun(ledger, assumed_anew, "db")
    left.detached(0, 256)
    await wait_until("it is left", lambda: left.is_settled)
    assert await verb("sessions", "--json", "is:mine") == 0
    printed = {one["session_id"]: (one["where"], one["tab"]) for one in json.loads(capsys.readouterr().out)}
    assert printed == {
        MINE.session_id: ("other", "web"),
        assumed_anew.session_id: ("detached", "db"),
        FORWARD.session_id: ("elsewhere", ""),
    }


async def test_the_local_list_needs_no_aws_and_says_how_it_ended(
    ledger: Ledger, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssmtui.backend.open_backend", lambda *_: pytest.fail("AWS is not to be reached"))
    await begun(ledger, MINE, "web")
    over = await begun(ledger, FORWARD, "psql")
    over.ended(Ending.NODE, 3)
    await wait_until("it is in the journal", lambda: over.is_settled)
    assert await verb("sessions", "--local") == 0
    out = capsys.readouterr().out
    assert ids(out) == [FORWARD.session_id, MINE.session_id]
    assert "exited, or ended by somebody else" in out.splitlines()[1]
    assert "open" in out.splitlines()[2]
    assert await verb("sessions", "--local", "--json", "--history", "tab:psql") == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["how"], entry["exit_code"], entry["who"]) == ("exited, or ended by somebody else", 3, MINE.owner)
    assert await verb("sessions", "--local", "is:running") == 0
    assert ids(capsys.readouterr().out) == [MINE.session_id]
    assert await verb("sessions", "--local", "status:asleep") == 252


def test_a_local_list_of_nothing_is_headings_alone(capsys: Capture) -> None:
    assert run(["sessions", "--local"]) == 0
    assert capsys.readouterr().out.splitlines() == ["  ".join(sessions.LOCAL)]


def test_a_damaged_journal_is_said_and_the_rest_is_listed(own_files: Path, capsys: Capture) -> None:
    state = own_files / "state" / "ssmtui"
    state.mkdir(parents=True)
    good = {"id": "a" * 32, "session_id": "jane-1", "started": "2026-01-15T12:00:00+00:00", "how": "ended by you"}
    (state / "journal.jsonl").write_text(f"{{torn\n{json.dumps(good)}\n")
    assert run(["sessions", "--local"]) == 0
    done = capsys.readouterr()
    assert ids(done.out) == ["jane-1"]
    assert "1 line cannot be read" in done.err


async def test_the_end_of_a_detached_session_goes_into_the_journal(
    service: Service, ledger: Ledger, capsys: Capture
) -> None:
    left = await begun(ledger, JOHN, "db")
    left.detached(0, 256)
    await wait_until("it is left", lambda: left.is_settled)
    held = await begun(ledger, MINE, "web")
    service.denies_john = False
    assert await verb("terminate", JOHN.session_id, MINE.session_id) == 0, "this machine's own needs no question"
    out = capsys.readouterr().out
    assert ", detached" in out
    assert ", open in ssmtui" in out
    await verb("sessions", "--local", "--json")
    known = {one["session_id"]: one["how"] for one in json.loads(capsys.readouterr().out)}
    assert known == {JOHN.session_id: "ended by you", MINE.session_id: "open"}, "a running ssmtui closes its own"
    held.ended(Ending.PERSON)


async def test_a_session_of_the_ledger_is_ended_where_it_was_started(
    service: Service, ledger: Ledger, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Scope("dev", "us-east-1")
    far, near = Service(), Service()
    far.scope, far.sessions, near.sessions = elsewhere, [JOHN], []
    far.denies_john = False
    gateways = FakeGateways(near)
    gateways.others[elsewhere] = far

    @asynccontextmanager
    async def open_backend(options: object, settings: object) -> AsyncIterator[object]:
        yield SimpleNamespace(gateways=gateways)

    monkeypatch.setattr("ssmtui.backend.open_backend", open_backend)
    await begun(ledger, JOHN, "db", elsewhere)
    assert await verb("terminate", JOHN.session_id) == 0, capsys.readouterr().err
    assert (far.ended, near.ended) == ([JOHN.session_id], [])


async def test_an_aws_profile_that_is_gone_costs_only_its_own_sessions(
    service: Service, ledger: Ledger, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone(Service):
        async def identity(self) -> Identity:
            raise CredentialsError("there is no profile dev")

        async def active_session(self, session_id: str) -> SessionRecord | None:
            raise CredentialsError("there is no profile dev")

    elsewhere = Scope("dev", "us-east-1")
    gateways = FakeGateways(service)
    gateways.others[elsewhere] = Gone()
    gateways.others[elsewhere].scope = elsewhere

    @asynccontextmanager
    async def open_backend(options: object, settings: object) -> AsyncIterator[object]:
        yield SimpleNamespace(gateways=gateways)

    monkeypatch.setattr("ssmtui.backend.open_backend", open_backend)
    await begun(ledger, JOHN, "db", elsewhere)
    assert await verb("terminate", JOHN.session_id, MINE.session_id) == 253
    assert service.ended == [MINE.session_id]
    assert "there is no profile dev" in capsys.readouterr().err


# The end


def typed(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Have these words typed at questions; returns those that were asked."""
    asked: list[str] = []
    left = list(answers)

    def prompt(text: str, default: str) -> str:
        asked.append(text)
        return left.pop(0)

    monkeypatch.setattr(questions, "can_ask", lambda: True)
    monkeypatch.setattr(questions, "_prompt", prompt)
    return asked


def test_an_own_session_is_ended_without_a_question(service: Service, capsys: Capture) -> None:
    assert run(["terminate", MINE.session_id]) == 0
    assert service.ended == [MINE.session_id]
    assert capsys.readouterr().out.startswith(f"Ended {MINE.session_id}: Ops/jane on {MINE.target}")


def test_somebody_elses_is_ended_once_their_name_is_typed(
    service: Service, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.denies_john = False
    asked = typed(monkeypatch, "yes", "john")
    assert run(["terminate", JOHN.session_id, MINE.session_id]) == 0
    assert asked == ["Type john to go on"] * 2
    assert sorted(service.ended) == [MINE.session_id, JOHN.session_id]
    told = capsys.readouterr().err
    assert "This ends 1 session of Ops/john" in told
    assert JOHN.target in told


def test_nothing_is_ended_where_the_word_is_not_typed(
    service: Service, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "no", "no", "no")
    assert run(["terminate", JOHN.session_id, MINE.session_id]) == 252
    assert service.ended == []
    assert "no session has been ended" in capsys.readouterr().err


def test_nobody_can_be_asked_in_a_script(service: Service, capsys: Capture) -> None:
    assert run(["terminate", JOHN.session_id]) == 252
    assert "--yes" in capsys.readouterr().err
    service.denies_john = False
    assert run(["terminate", "--yes", JOHN.session_id]) == 0
    assert service.ended == [JOHN.session_id]


def test_what_is_denied_is_said_and_the_others_are_ended(service: Service, capsys: Capture) -> None:
    assert run(["terminate", "--yes", JOHN.session_id, MINE.session_id]) == 254
    done = capsys.readouterr()
    assert service.ended == [MINE.session_id]
    assert f"{JOHN.session_id} has not been ended." in done.err
    assert JOHN.session_id not in done.out


def test_all_of_ones_own_are_ended_after_their_number_is_typed(
    service: Service, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = typed(monkeypatch, "2")
    assert run(["terminate", "--mine"]) == 0
    assert asked == ["Type 2 to go on"]
    assert sorted(service.ended) == [MINE.session_id, FORWARD.session_id]
    told = capsys.readouterr().err
    assert MINE.session_id in told
    assert JOHN.session_id not in told


def test_many_are_counted_and_not_all_named(service: Service, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminate, "LISTED", 1)
    typed(monkeypatch, "2")
    run(["terminate", "--mine"])
    assert "and 1 more" in capsys.readouterr().err


def test_none_of_ones_own_is_no_failure(service: Service, capsys: Capture) -> None:
    service.sessions = [JOHN]
    assert run(["terminate", "--mine"]) == 0
    assert "has no sessions" in capsys.readouterr().err


def test_without_an_identity_nobody_knows_which_are_ones_own(
    service: Service, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(self: Service) -> Identity:
        raise AccessDenied("no", operation="GetCallerIdentity")

    monkeypatch.setattr(Service, "identity", unknown)
    assert run(["terminate", "--mine"]) == 252
    assert service.ended == []


def test_one_that_is_over_is_no_failure_and_one_that_nobody_knows_is(service: Service, capsys: Capture) -> None:
    assert run(["terminate", OVER.session_id]) == 0
    assert "is over already" in capsys.readouterr().err
    assert run(["terminate", "nobodys-1", MINE.session_id]) == 254
    done = capsys.readouterr()
    assert "there is no nobodys-1" in done.err
    assert service.ended == [MINE.session_id]


def test_where_sessions_may_not_be_described_the_id_is_ended_after_a_question(
    service: Service, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.looks_denied = True
    asked = typed(monkeypatch, "1")
    assert run(["terminate", MINE.session_id]) == 0
    assert asked == ["Type 1 to go on"]
    assert service.ended == [MINE.session_id]
    assert "somebody whom AWS does not name" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--mine", "jane-1"]])
def test_ids_or_mine_must_be_given(service: Service, arguments: list[str]) -> None:
    assert run(["terminate", *arguments]) == 252


def test_an_owner_that_nobody_can_type_is_not_asked_for(
    service: Service, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.sessions = [record("eve", 7, owner=f"{ROLE}/e\x1b[31mve")]
    asked = typed(monkeypatch, "1")
    assert run(["terminate", service.sessions[0].session_id]) == 0
    assert asked == ["Type 1 to go on"]
    assert "\x1b" not in capsys.readouterr().err


def test_errors_of_the_service_are_raised(service: Service) -> None:
    service.sessions_error = SsmtuiError("broken")
    assert run(["terminate", "--mine", "--yes"]) == 255
