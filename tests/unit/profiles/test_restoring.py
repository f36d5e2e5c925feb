"""What a saved tab comes back as."""

from dataclasses import replace
from pathlib import Path

from ssmtui.ledger.saved_request import SavedSession
from ssmtui.model import Container, Node, PaneOptions, Scope, StartRequest
from ssmtui.profiles.profile import FilePlace, Profile, Values
from ssmtui.profiles.restoring import WorkspaceFacts, returning
from tests.support.fakes import make_node

SCOPE = Scope("prod", "eu-west-1")
NODE = make_node(1)._replace(aws_profile="prod", region="eu-west-1")


def known(*nodes: Node, profile: Profile | None = None, aws_profiles: set[str] | None = None) -> WorkspaceFacts:
    profiles = {profile.name: profile} if profile is not None else {}
    return WorkspaceFacts(profiles, {node.key: node for node in nodes}, SCOPE, {"TEAM": "ops"}, aws_profiles)


def profile(on_connect: str = "", color: str = "") -> Profile:
    values = Values(target=NODE.id, on_connect=on_connect, color=color)
    return Profile("db", "", values, {}, {}, FilePlace(Path("profiles.toml"), 1))


def tab(**facts: object) -> SavedSession:
    return SavedSession(StartRequest(**{"target": NODE.id, "scope": SCOPE, **facts}), "mine")  # type: ignore[arg-type]


def test_a_tab_comes_back_with_its_name_and_its_node():
    back = returning(tab(document_name="Ops-Shell", reason="why"), known(NODE))
    assert (back.request.title, back.request.document_name, back.request.reason) == ("mine", "Ops-Shell", "why")
    assert (back.node, back.note) == (NODE, "")


def test_a_tab_without_a_scope_belongs_to_the_program_s_own():
    assert returning(tab(scope=None), known(NODE)).node == NODE


def test_calls_go_where_the_command_line_says():
    lab = replace(known(), default=Scope("prod", "eu-west-1", "http://127.0.0.1:1"))
    assert returning(tab(), lab).request.scope == lab.default


def test_a_node_of_another_region_is_another_node():
    assert returning(tab(scope=Scope("prod", "us-east-1")), known(NODE)).node is None


def test_what_the_profile_says_now_counts():
    saved = tab(options=PaneOptions("db", color="blue"))
    back = returning(saved, known(NODE, profile=profile("cd /srv/${TEAM}\n", "red")))
    assert back.request.options == PaneOptions("db", on_connect="cd /srv/ops\n", color="red")


def test_a_parameter_that_may_be_a_secret_is_left_out_and_told():
    back = returning(tab(parameters={"user": ("jane",), "password": ()}), known(NODE))
    assert back.request.parameters == {"user": ("jane",)}
    assert back.note == "without password, which may be a secret: not kept"


def test_a_profile_that_is_gone_leaves_the_tab_as_it_was_and_says_so():
    back = returning(tab(options=PaneOptions("db", color="blue")), known(NODE))
    assert back.request.options == PaneOptions("db", color="blue")
    assert back.note == "the connection db is gone: started as it was"


def test_what_would_have_to_be_asked_is_not_typed():
    back = returning(tab(options=PaneOptions("db")), known(NODE, profile=profile("cd {ask:Where}\n")))
    assert back.request.options.on_connect == ""
    assert "left out" in back.note


def test_what_the_profile_forwards_comes_back_unless_it_would_have_to_be_asked():
    saved = tab(options=PaneOptions("db"))

    def forwarding(*forwards: str) -> Profile:
        return replace(profile(), values=replace(profile().values, forwards=forwards))

    assert returning(saved, known(NODE, profile=forwarding("80", "${TEAM}:80"))).forwards == ("80", "ops:80")
    assert returning(saved, known(NODE, profile=forwarding("80", "{ask:Host}:80"))).forwards == ()
    assert returning(tab(), known(NODE, profile=forwarding("80"))).forwards == ()


def test_an_aws_profile_that_is_gone_is_told():
    saved = tab(scope=Scope("old", "eu-west-1"))
    assert returning(saved, known(aws_profiles={"prod"})).note == "there is no AWS profile old here"
    assert returning(saved, known(aws_profiles={"old"})).note == ""
    assert returning(saved, known(aws_profiles=None)).note == ""


def test_a_container_whose_task_was_replaced_is_the_next_one_of_its_service():
    old = Container("arn:cluster/shop", "arn:task/1", "app", "1-1")
    new = Node("ecs:shop_2_2-1", "web/app", region="eu-west-1", aws_profile="prod")._replace(
        container=Container("arn:cluster/shop", "arn:task/2", "app", "2-1")
    )
    other = new._replace(id="ecs:shop_3_3-1", name="api/app")
    saved = SavedSession(
        StartRequest("ecs:shop_1_1-1", title="web/app", scope=SCOPE, container=old), "web/app", "web/app"
    )
    back = returning(saved, known(other, new))
    assert (back.request.target, back.request.container, back.node) == (new.id, new.container, new)
    assert "replaced" in back.note
    assert returning(saved, known(other)).request.target == "ecs:shop_1_1-1"
    renamed = saved._replace(title="my shell")
    assert returning(renamed, known(other, new)).node == new
