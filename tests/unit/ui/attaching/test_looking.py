"""Which sessions still live: AWS is asked, and no answer of it hides a session."""

import asyncio
from datetime import datetime

import pytest

from ssmtui.errors import AccessDenied, ConnectionFailed
from ssmtui.ledger.record import Phase
from ssmtui.model import SessionRecord
from ssmtui.ui.attaching import looking
from ssmtui.ui.attaching.looking import Lookout
from tests.support.fake_ledger import FakeLedger, record
from tests.support.fakes import NOW, SCOPE

WALL = NOW.timestamp()
MINE = "arn:aws:iam::123456789012:user/jane"


class Gateway:
    """Answers as the test says."""

    def __init__(self, active=None, past=None, listed=()):
        self.active, self.past, self.listed = active, past, listed
        self.under_way = self.most = self.asked = self.listings = 0
        self.denied = None

    async def active_session(self, session_id):
        self.under_way += 1
        self.asked += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        if isinstance(self.active, BaseException):
            raise self.active
        if self.active == "silent":
            await asyncio.Event().wait()
        return self.active

    async def past_session(self, session_id):
        return self.past

    async def session_pages(self, *, active=True, target=""):
        assert active
        self.listings += 1
        if self.active == "silent":
            await asyncio.Event().wait()
        if self.denied is not None:
            raise self.denied
        yield [one for one in self.listed if target in ("", one.target)]


def lookout_at(gateway, ledger, account="123456789012"):
    async def account_in(scope):
        return account

    return Lookout(ledger, lambda scope: gateway, account_in, lambda: WALL)


async def looked(gateway, *records, scope=SCOPE, account="123456789012"):
    ledger = FakeLedger()
    ledger.left = [*records]
    return ledger, await lookout_at(gateway, ledger, account).look(lambda record: scope)


async def test_what_lives_is_found_without_a_doubt():
    ledger, found = await looked(Gateway(SessionRecord("x", "i-1", "Connected")), record(1), record(2))
    assert found == [(record(1), ""), (record(2), "")]
    assert ledger.settled == []


async def test_what_a_keeper_has_is_among_them_and_aws_is_not_asked_about_it():
    ledger = FakeLedger()
    ledger.left = [record(1, started=NOW.timestamp() - 60)]
    ledger.elsewhere = [record(2, started=NOW.timestamp() - 90), record(3)]
    gateway = Gateway(SessionRecord("x", "i-1", "Connected"))
    lookout = lookout_at(gateway, ledger)
    found = await lookout.look(lambda record: SCOPE, None, {ledger.elsewhere[0].id})
    assert [known.id for known, _ in found] == [record(2).id, record(1).id], "the oldest first"
    gateway.active = None
    found = await lookout.look(lambda record: SCOPE, {record(2).id}, {record(2).id, record(3).id})
    assert [known.id for known, _ in found] == [record(2).id]
    assert ledger.settled == []


async def test_what_a_keeper_is_just_taking_over_is_found_once():
    ledger = FakeLedger()
    ledger.left = [record(1)]
    gateway = Gateway(SessionRecord("x", "i-1", "Connected"))

    async def taken(session_id):
        ledger.elsewhere, ledger.left = [*ledger.left, *ledger.elsewhere], []
        return gateway.active

    gateway.active_session = taken
    found = await lookout_at(gateway, ledger).look(lambda record: SCOPE, None, {record(1).id})
    assert [known.id for known, _ in found] == [record(1).id]


async def test_what_is_over_goes_to_the_journal_with_its_end():
    ended = datetime.fromtimestamp(WALL - 60, NOW.tzinfo)
    ledger, found = await looked(Gateway(past=SessionRecord("x", "i-1", "Terminated", ended=ended)), record(1))
    assert found == []
    assert ledger.settled == [(record(1).id, None, WALL - 60)]


async def test_what_neither_list_knows_is_over_unless_it_is_quite_new():
    new = record(2, started=WALL - 5)
    ledger, found = await looked(Gateway(), record(1), new)
    assert found == [(new, "AWS does not list it yet")]
    assert [each for each, _, _ in ledger.settled] == [record(1).id]


@pytest.mark.parametrize(
    ("answer", "doubt"),
    [
        (
            AccessDenied("no", code="AccessDeniedException", operation="DescribeSessions"),
            "ssm:DescribeSessions is denied",
        ),
        (ConnectionFailed("no route"), "AWS could not be asked: The connection failed"),
        (ZeroDivisionError(), "a defect in ssmtui"),
        ("silent", "AWS has not answered"),
    ],
)
async def test_no_answer_hides_a_session(answer, doubt, monkeypatch):
    monkeypatch.setattr(looking, "ANSWERED_IN", 0.05)
    ledger, ((found, told),) = await looked(Gateway(answer), record(1))
    assert found == record(1)
    assert doubt in told
    assert ledger.settled == []


async def test_an_aws_that_is_silent_keeps_nobody_from_a_thousand_sessions(monkeypatch):
    monkeypatch.setattr(looking, "LOOKED_IN", 0.2)
    started = asyncio.get_running_loop().time()
    _, found = await looked(Gateway("silent"), *(record(number) for number in range(1000)))
    assert asyncio.get_running_loop().time() - started < looking.ANSWERED_IN
    assert {doubt for _, doubt in found} == {"AWS has not answered"}
    assert len(found) == 1000


async def test_a_few_are_asked_about_at_a_time_and_for_ten_thousand_all_are_listed_once():
    gateway = Gateway(SessionRecord("x", "i-1", "Connected"))
    alive = 9_999
    gateway.listed = [SessionRecord(record(alive).session_id, "i-1", "Connected")]
    ledger, found = await looked(gateway, *(record(n) for n in range(10_000)))
    assert gateway.most == looking.AT_ONCE
    assert gateway.asked == looking.FEW
    assert gateway.listings == 1
    assert [each.id for each, _ in found] == [record(n).id for n in (*range(looking.FEW), alive)]
    assert len(ledger.settled) == 10_000 - looking.FEW - 1


async def test_a_listing_that_is_denied_hides_no_session():
    gateway = Gateway(SessionRecord("x", "i-1", "Connected"))
    gateway.denied = AccessDenied("no", code="AccessDeniedException", operation="DescribeSessions")
    ledger, found = await looked(gateway, *(record(n) for n in range(looking.FEW + 5)))
    assert [bool(doubt) for _, doubt in found] == [False] * looking.FEW + [True] * 5
    assert gateway.listings == 1
    assert ledger.settled == []


def listed(number, seconds=2.0, **facts):
    started = datetime.fromtimestamp(record(number).started + seconds, NOW.tzinfo)
    return SessionRecord(
        f"jane-{number}", record(number).request.target, "Connected", **{"owner": MINE, "started": started, **facts}
    )


def unnamed(number, **facts):
    return record(number, session_id="", phase=Phase.STARTING, identity=MINE, **facts)


async def test_a_start_without_an_answer_is_found_among_those_that_run():
    _, ((found, doubt),) = await looked(Gateway(listed=[listed(2), listed(1)]), unnamed(1))
    assert (found.id, found.session_id, doubt) == (record(1).id, "jane-1", "")


async def test_a_start_without_an_answer_keeps_its_record_for_a_moment_only():
    fresh = unnamed(1, started=WALL - 5, seen=WALL - 5)
    ledger, found = await looked(Gateway(), fresh, unnamed(2))
    assert found == []
    assert [each for each, _, _ in ledger.settled] == [record(2).id]


async def test_a_session_that_another_record_names_is_not_taken_for_it():
    named = record(3, session_id="jane-1")
    gateway = Gateway(SessionRecord("x", "i-1", "Connected"), listed=[listed(1)])
    _, found = await looked(gateway, named, unnamed(1))
    assert [each.id for each, _ in found] == [named.id]


@pytest.mark.parametrize("session_id", ["jane-0a", ""])
@pytest.mark.parametrize("owner", [MINE, MINE.removeprefix("arn:")])
async def test_what_another_account_does_not_list_is_not_over(session_id, owner):
    there = record(1, session_id=session_id, identity=owner)
    ledger, found = await looked(Gateway(), there, account="999999999999")
    assert found == [(there, "it is in the account 123456789012, and calls go to 999999999999 now")]
    assert ledger.settled == []
    ledger, found = await looked(Gateway(), there)
    assert found == []
    assert [each[0] for each in ledger.settled] == [there.id]


async def test_what_is_not_listed_by_nobody_knows_which_account_is_not_over():
    there, unnamed = record(1, identity=MINE), record(2, identity=MINE, session_id="")
    ledger, found = await looked(Gateway(), there, unnamed, account="")
    assert found == [(there, "AWS does not list it, and which account was asked is not known")]
    assert ledger.settled == []
    past = SessionRecord(there.session_id, "i-1", "Terminated", ended=NOW)
    ledger, found = await looked(Gateway(past=past), there, account="")
    assert found == []
    assert ledger.settled == [(there.id, None, NOW.timestamp())]


async def test_what_a_clock_that_jumped_calls_old_is_offered_where_aws_lists_it_and_never_with_a_doubt():
    old = record(1, started=0.0, seen=0.0)
    ledger, found = await looked(Gateway(SessionRecord("x", "i-1", "Connected")), old)
    assert found == [(old, "")]
    ledger, found = await looked(Gateway(AccessDenied("no ssm:DescribeSessions")), old)
    assert found == []
    assert ledger.settled == [], "it is closed once AWS says so"
    ledger, found = await looked(Gateway(), old)
    assert found == []
    assert [each[0] for each in ledger.settled] == [old.id]
