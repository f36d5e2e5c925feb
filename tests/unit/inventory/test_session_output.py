"""Where the output of a session is."""

from __future__ import annotations

import pytest

from ssmtui.inventory.session_output import output_places
from ssmtui.inventory.session_rows import SessionRow
from ssmtui.model import Scope, SessionDocument, SessionRecord

ROW = SessionRow(SessionRecord("jane-1", "i-1", "Terminated"), Scope("prod", "eu-west-1"))
LOGGED = SessionDocument("SSM-SessionManagerRunShell", s3_bucket="logs", log_group="/ssm")


@pytest.mark.parametrize(
    ("document", "places"),
    [
        (None, ()),
        (SessionDocument("x"), ()),
        (LOGGED, ("CloudWatch log group /ssm, stream jane-1", "s3://logs/jane-1.log")),
        (LOGGED._replace(log_group="", s3_prefix="/a/b/"), ("s3://logs/a/b/jane-1.log",)),
        (LOGGED._replace(s3_bucket="{{ bucket }}"), ("CloudWatch log group /ssm, stream jane-1",)),
    ],
)
def test_the_document_says_where_it_is_logged(document: SessionDocument | None, places: tuple[str, ...]) -> None:
    assert output_places(ROW, document) == places


def test_what_the_service_says_goes_first() -> None:
    row = ROW._replace(record=ROW.record._replace(s3_url="https://s3/x", log_url="https://logs/y"))
    assert output_places(row, LOGGED) == output_places(row, None) == ("https://logs/y", "https://s3/x")


def test_a_forwarded_port_is_not_logged() -> None:
    row = ROW._replace(record=ROW.record._replace(document_name="AWS-StartPortForwardingSession"))
    assert output_places(row, LOGGED) == ()
