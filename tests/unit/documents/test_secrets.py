import pytest

from ssmtui.documents.secrets import is_secret


@pytest.mark.parametrize(
    ("name", "secret"),
    [("password", True), ("apiToken", True), ("clientSecret", True), ("command", False), ("unit", False)],
)
def test_names_tell_what_may_be_secret(name: str, secret: bool) -> None:
    assert is_secret(name) is secret
