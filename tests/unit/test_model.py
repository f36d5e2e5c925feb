"""The shared words."""

from ssmtui.model import DocumentParameter, Grant, Identity, Node, PaneOptions, StartRequest, TerminalSize


def test_edge_69_sizes_are_clamped_to_what_every_engine_survives() -> None:
    assert TerminalSize(0, 0) == TerminalSize(20, 5)
    assert TerminalSize(70_000, 70_000) == TerminalSize(1000, 500)
    assert str(TerminalSize(80, 24)) == "80x24"


def test_a_grant_shows_neither_token_nor_address() -> None:
    shown = repr(Grant("jane-0123", "wss://secret-address", "secret-token"))
    assert "jane-0123" in shown
    assert "secret" not in shown


def test_a_request_shows_nothing_that_may_have_been_asked_for_in_secret() -> None:
    options = PaneOptions(on_connect="secret")
    shown = repr(StartRequest("i-1", parameters={"password": ("secret",)}, command="secret", options=options))
    assert "i-1" in shown
    assert "secret" not in shown


def test_identity_is_shortened_to_what_a_person_knows() -> None:
    role = Identity("123456789012", "arn:aws:sts::123456789012:assumed-role/Ops/jane@example.com")
    assert role.short == "role/Ops"
    assert Identity("1", "arn:aws:iam::1:user/jane").short == "user/jane"
    assert Identity("1", "arn:aws:iam::1:root").short == "root"


def test_labels_fall_back_to_ids() -> None:
    assert Node("i-1", "").label == "i-1"
    assert Node("i-1", "web").label == "web"
    assert StartRequest("i-1").label == "i-1"
    assert StartRequest("i-1", title="web").label == "web"


def test_a_parameter_without_default_is_required() -> None:
    assert DocumentParameter("command").required
    assert not DocumentParameter("lines", default=("",)).required
