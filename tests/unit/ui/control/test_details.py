from datetime import timedelta

import pytest

from ssmtui.inventory.session_rows import Holder, SessionRow, SessionWhere
from ssmtui.model import Scope, SessionRecord
from ssmtui.ui.control.columns import SESSION_COLUMNS
from ssmtui.ui.control.details import brief, full, whereabouts
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.table.columns import ColumnFacts
from tests.support.fakes import ACCOUNT, NOW
from tests.support.sessions_listed import over, record

FACTS = ColumnFacts(NOW, {ACCOUNT: "acme"})
PROD = Scope("prod", "eu-west-1")
ROW = SessionRow(record("john", 1, 90, reason="INC-1"), PROD, ACCOUNT, "db-1")
BARE = SessionRow(SessionRecord("s-1", "i-1", ""), Scope(None, "eu-west-1"))


def shown(name, row=ROW):
    return tuple(SESSION_COLUMNS.column(name).cell(row, FACTS))


@pytest.mark.parametrize(
    ("where", "mine", "said"),
    [
        (SessionWhere.HERE, True, "A tab of this app has it: queue. Enter goes there."),
        (SessionWhere.OTHER, True, "Another ssmtui on this machine has it: queue. Enter takes it over."),
        (SessionWhere.DETACHED, True, "It was left alive: queue. Enter brings it back."),
        (SessionWhere.FOREIGN, True, "It is yours, from another client or machine. Enter takes it over."),
        (SessionWhere.FOREIGN, False, "It is somebody else's."),
    ],
)
def test_the_panel_says_what_enter_does(where, mine, said):
    title = "" if where is SessionWhere.FOREIGN else "queue"
    row = ROW._replace(mine=mine, holder=Holder(where, title, tab=1 if where is SessionWhere.HERE else None))
    assert whereabouts(row, FACTS).text == said


def test_a_forwarded_port_of_this_app_is_no_tab():
    row = ROW._replace(mine=True, holder=Holder(SessionWhere.HERE, "db"))
    assert whereabouts(row, FACTS).text == "This app has it, in no tab: db: it forwards a port."


def test_one_that_is_over_says_how_long_it_ran_and_how_it_ended():
    row = ROW._replace(record=over("john", 1, 3000, 45, details="idle timeout"))
    assert whereabouts(row, FACTS).text == "Terminated 2 d ago after 0:45:00: idle timeout"
    failed = row._replace(record=row.record._replace(status="Failed"))
    assert whereabouts(failed, FACTS).tone is Tone.BAD


def test_where_the_output_is_stands_as_text():
    places = ("CloudWatch log group ssm, stream s-1", "s3://bucket/prefix/s-1.log")
    lines = [cell.text for cell in brief(ROW, FACTS, places)]
    assert lines[-1] == "output: CloudWatch log group ssm, stream s-1  ·  output: s3://bucket/prefix/s-1.log"
    every = [cell.text for cell in full(ROW, FACTS, places)]
    assert "output        CloudWatch log group ssm, stream s-1" in every
    assert "              s3://bucket/prefix/s-1.log" in every


def test_all_that_is_known_has_a_line_and_nothing_else_has():
    assert "account       acme (123456789012)" in [cell.text for cell in full(ROW, FACTS, ())]
    labels = [cell.text.split()[0] for cell in full(BARE, FACTS, ())[1:]]
    assert labels == ["session", "node", "region"]
    assert all(cell.text for cell in brief(BARE, FACTS, ()))


def test_ages_and_lengths_of_sessions_that_run_and_that_are_over():
    assert shown("started") == ("1 h", Tone.PLAIN)
    assert shown("lasted") == ("1:30:00", Tone.DIM)
    assert shown("ended")[0] == ""
    done = ROW._replace(record=over("john", 1, 120, 30))
    assert shown("lasted", done) == ("0:30:00", Tone.PLAIN)
    assert shown("ended", done)[0] == "1 h"
    later = ROW._replace(record=ROW.record._replace(started=NOW + timedelta(hours=1)))
    assert shown("started", later)[0] == "0 s"


def test_what_stands_out():
    assert shown("owner")[1] is Tone.PLAIN
    assert shown("owner", ROW._replace(mine=True)) == ("Ops/john", Tone.STRONG)
    assert shown("owner", BARE) == ("–", Tone.DIM)
    assert shown("name", BARE) == ("i-1", Tone.DIM)
    assert shown("document") == ("default shell", Tone.DIM)
    assert shown("status") == ("● connected", Tone.GOOD)
    odd = ROW._replace(record=ROW.record._replace(status="Hibernating"))
    assert shown("status", odd) == ("hibernating", Tone.WARN)
    assert shown("where") == ("elsewhere", Tone.DIM)
    assert shown("where", ROW._replace(record=over("john", 1, 120, 30)))[0] == ""
    assert shown("access", ROW._replace(record=ROW.record._replace(access_type="JustInTime")))[0] == "just-in-time"
    assert shown("account")[0] == "acme"


def test_every_field_is_a_column_that_shows_a_bare_session_and_says_what_it_is():
    for name in SESSION_COLUMNS.rows.fields:
        column = SESSION_COLUMNS.column(name)
        assert column.cell(BARE, FACTS).text.isprintable()
        assert column.help
        assert column.width <= column.most


def test_what_aws_says_is_inert():
    known = ROW.record._replace(reason="a\nb", details="\x07", owner="\x9b")
    odd = ROW._replace(node_name="\x1b[31m", record=known)
    places = ["x\x1b]8;;y\x07"]
    assert all(cell.text.isprintable() for cell in (*brief(odd, FACTS, places), *full(odd, FACTS, places)))
    assert all(SESSION_COLUMNS.column(name).cell(odd, FACTS).text.isprintable() for name in SESSION_COLUMNS.rows.fields)
