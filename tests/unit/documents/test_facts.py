import pytest

from ssmtui.documents.facts import badges
from ssmtui.model import SessionDocument


def test_a_plain_shell_has_nothing_to_tell():
    assert badges(SessionDocument("D", session_type="Standard_Stream")) == ()


def test_every_fact_has_its_badge():
    document = SessionDocument(
        "D",
        session_type="NonInteractiveCommands",
        encrypted=True,
        kms_key="alias/k",
        s3_bucket="bucket",
        log_group="/ssm",
        runs_as="ops",
        idle_minutes=5,
        max_minutes=1,
    )
    found = {badge.name: badge for badge in badges(document)}
    assert [badge.text for badge in found.values()] == [
        "no terminal",
        "encrypted",
        "logged to S3 bucket",
        "logged to CloudWatch /ssm",
        "runs as ops",
        "idle 5 min",
        "at most 1 min",
    ]
    assert "alias/k" in found["encrypted"].help
    assert found["longest"].help == "It ends after 1 minute, whatever it does."


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (SessionDocument("D", complete=False), "ssm:GetDocument is denied"),
        (SessionDocument("D", session_type="Quantum\x1b[2J", idle_minutes=3), "unknown type Quantum�[2J"),
        (SessionDocument("D"), "no session type"),
    ],
)
def test_what_may_not_work_is_warned_of_first(document, text):
    first = badges(document)[0]
    assert (first.text, first.is_warning) == (text, True)


def test_a_user_that_only_the_callers_tag_names():
    (badge,) = badges(SessionDocument("D", session_type="Standard_Stream", runs_as=""))
    assert badge.text == "runs as your tag says"
    assert "SSMSessionRunAs" in badge.help
