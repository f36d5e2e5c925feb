"""Each permission of the README that is missing costs what the page says it brings, and is named in one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.conftest import Run
from tests.support.lab_thread import LabThread, lab_thread
from tests.support.pty_app import PtyApp, clean_environment
from tests.support.readme_policy import policies, whole_policy, without, without_resources

LEADER = "\x1d"
COLS, ROWS = 120, 40
HOME = "eu-west-1:123456789012"
WHY = r"\(no identity-based policy allows it\)"
pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def lab() -> Iterator[LabThread]:
    with lab_thread(nodes=48, colleagues=2) as lab:
        yield lab


@pytest.fixture
def environment(lab: LabThread, home: Path) -> dict[str, str]:
    return clean_environment(home, **lab.environment)


class Case(NamedTuple):
    """A verb without a permission."""

    arguments: tuple[str, ...]
    says: str
    """A regular expression for its one line on standard error; empty: it says nothing, and loses nothing."""
    shows: str = ""
    """What standard output has all the same; empty for a verb that cannot do its work."""


NODES = ("nodes",)
DATABASES = ("databases", "web-1")


def not_listed(*calls: str) -> str:
    these = "this call is" if len(calls) == 1 else "these calls are"
    return f"Not everything is listed, because {these} denied: " + ", ".join(calls) + r"\."


def refused(action: str, resource: str = r"arn:\S+:\*", before: str = "") -> str:
    """A refusal that ends a verb: AWS's words, and what to ask for."""
    on = "" if resource.endswith(r"\*") else f" on {resource}"
    return (
        rf"{before}Access denied: User: \S+ is not authorized to perform: {action} on resource: {resource} because no "
        rf"identity-based policy allows the {action} action\. The caller needs the permission {action}{on}\."
    )


CASES = {
    "ssm:DescribeInstanceProperties": Case(NODES, "", "worker-4"),
    "ssm:DescribeInstanceInformation": Case(NODES, "", "worker-4"),
    "ec2:DescribeInstances": Case(
        NODES,
        rf"Names, tags, types, states and zones of instances are missing: ec2:DescribeInstances is denied {WHY}\.",
        "worker-4",
    ),
    "ecs:ListClusters": Case(NODES, rf"Containers are missing: ecs:ListClusters is denied {WHY}\.", "web-1"),
    "ecs:ListTasks": Case(NODES, rf"Containers are missing: ecs:ListTasks is denied {WHY}\.", "web-1"),
    "ecs:DescribeTasks": Case(NODES, rf"Containers are missing: ecs:DescribeTasks is denied {WHY}\.", "web-1"),
    "ssm:ListTagsForResource": Case(
        ("nodes", "tag:env=prod"),
        rf"\d+ hybrid nodes are without tags: ssm:ListTagsForResource is denied {WHY}\.",
        "web-1",
    ),
    "rds:Describe*": Case(DATABASES, not_listed(*[r"rds:Describe\w+"] * 4), "OpenSearch"),
    "elasticache:Describe*": Case(DATABASES, not_listed(*[r"elasticache:Describe\w+"] * 4), "OpenSearch"),
    "redshift:DescribeClusters": Case(DATABASES, not_listed("redshift:DescribeClusters"), "OpenSearch"),
    "redshift-serverless:ListWorkgroups": Case(
        DATABASES, not_listed("redshift-serverless:ListWorkgroups"), "OpenSearch"
    ),
    "es:ListDomainNames": Case(DATABASES, not_listed("es:ListDomainNames"), "Valkey"),
    "es:DescribeDomains": Case(DATABASES, not_listed("es:DescribeDomains"), "Valkey"),
    "ssm:DescribeSessions": Case(("sessions",), refused("ssm:DescribeSessions")),
    "ssm:StartSession": Case(("connect", "web-1"), refused("ssm:StartSession", rf"arn:aws:ec2:{HOME}:instance/i-\w+")),
    "ecs:ExecuteCommand": Case(
        ("connect", "CONTAINER"), refused("ecs:ExecuteCommand", rf"arn:aws:ecs:{HOME}:cluster/shop")
    ),
    "ec2-instance-connect:SendSSHPublicKey": Case(
        ("proxy", "web-1", "22", "--instance-connect", "ec2-user"),
        refused("ec2-instance-connect:SendSSHPublicKey", rf"arn:aws:ec2:{HOME}:instance/i-\w+"),
    ),
    "ssm:GetConnectionStatus": Case(
        ("doctor", "web-1"), "", "Whether it is connected cannot be seen: ssm:GetConnectionStatus is denied"
    ),
    "ssmmessages:OpenDataChannel": Case(("connect", "web-1"), "The session has ended\\.", ":~$"),
    "ssm:TerminateSession": Case(("connect", "web-1"), "The session has ended\\.", ":~$"),
    "ssm:ResumeSession": Case(("connect", "web-1"), "The session has ended\\.", ":~$"),
}
"""By action. Those that open, resume and end sessions say more on the screen, further below."""


@pytest.mark.parametrize("action", CASES)
def test_a_missing_action_costs_one_thing_and_is_named_once(action: str, lab: LabThread, run: Run) -> None:
    case = CASES[action]
    lab.allow(policies(without(whole_policy(), action)))
    arguments = [lab.container("catalog") if one == "CONTAINER" else one for one in case.arguments]
    told = run(*arguments, stdin="exit\n" if "connect" in arguments else "")
    said = [line.removeprefix("ssmtui: ") for line in told.stderr.splitlines() if "in other VPCs" not in line]
    assert len(said) == bool(case.says), said
    assert re.fullmatch(case.says, "".join(said)), said
    assert told.returncode == (0 if case.shows else 254)
    assert case.shows in told.stdout
    pattern = action.replace("*", "")
    assert all(one.action.startswith(pattern) for one in lab.judgements if one.denial is not None)


DOCUMENTS = {
    "AWS-StartPortForwardingSession": ("forward", "web-1", "0:80"),
    "AWS-StartPortForwardingSessionToRemoteHost": ("forward", "web-1", "0:db.internal:80"),
    "AWS-StartSSHSession": ("proxy", "web-1", "22"),
    "Ops-SystemReport": ("connect", "web-1", "--document-name", "Ops-SystemReport"),
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_that_may_not_be_started_is_named(document: str, lab: LabThread, run: Run) -> None:
    lab.allow(policies(without_resources(whole_policy(), "document/*", f"document/{document}")))
    told = run(*DOCUMENTS[document])
    account = "" if document.startswith("AWS-") else "123456789012"
    what = refused("ssm:StartSession", f"arn:aws:ssm:eu-west-1:{account}:document/{document}", r"(the tunnel to .*: )?")
    assert re.fullmatch(f"ssmtui: {what}\n", told.stderr), told.stderr
    assert told.returncode == 254


def test_a_tunnel_through_a_container_needs_the_task(lab: LabThread, run: Run) -> None:
    lab.allow(policies(without_resources(whole_policy(), "task/*")))
    told = run("forward", lab.container("catalog"), "0:80")
    what = refused("ssm:StartSession", rf"arn:aws:ecs:{HOME}:task/shop/\w+", "the tunnel to port 80 of catalog/app: ")
    assert re.fullmatch(f"ssmtui: {what}\n", told.stderr), told.stderr


def test_without_both_lists_of_nodes_a_node_is_entered_by_its_id(lab: LabThread, run: Run) -> None:
    actions = ("ssm:DescribeInstanceProperties", "ssm:DescribeInstanceInformation")
    lab.allow(policies(without(whole_policy(), *actions)))
    told = run("connect", "web-1")
    needs = refused("ssm:DescribeInstanceProperties") + r" A node's id needs no list: give it in place of its name\."
    assert re.fullmatch(f"ssmtui: {needs}\n", told.stderr), told.stderr
    told = run("connect", lab.target("web-1"), stdin="exit\n")
    assert (told.returncode, told.stderr) == (0, "ssmtui: The session has ended.\n")


def test_without_the_key_an_encrypted_session_says_so_and_others_go_on(lab: LabThread, run: Run) -> None:
    lab.allow(policies(without(whole_policy(), "kms:GenerateDataKey")))
    told = run("connect", "web-1", "--document-name", "Ops-EncryptedShell")
    assert re.fullmatch(
        rf"ssmtui: The session's key: kms:GenerateDataKey is denied {WHY}\n"
        r"ssmtui: The session ended before it began: it is encrypted, and KMS gives no key for it: "
        rf"kms:GenerateDataKey is denied {WHY}\. The caller needs the permission kms:GenerateDataKey on "
        rf"arn:aws:kms:{HOME}:key/\S+\. With approved just-in-time access .*\n",
        told.stderr,
    ), told.stderr
    assert run("connect", "web-1", stdin="exit\n").returncode == 0


def test_containers_of_the_clusters_that_a_policy_allows_are_listed(lab: LabThread, run: Run) -> None:
    allowed = without(whole_policy(), "ecs:ListTasks", "ecs:DescribeTasks")
    one_cluster = {
        "Effect": "Allow",
        "Action": ["ecs:ListTasks", "ecs:DescribeTasks"],
        "Resource": "*",
        "Condition": {"ArnEquals": {"ecs:cluster": f"arn:aws:ecs:{HOME}:cluster/shop"}},
    }
    lab.allow(policies({**allowed, "Statement": [*allowed["Statement"], one_cluster]}))
    told = run("nodes", "kind:container")
    assert re.fullmatch(rf"ssmtui: Containers are missing: ecs:ListTasks is denied {WHY}\.\n", told.stderr), told.stderr
    assert "ecs:shop_" in told.stdout
    assert "ecs:batch_" not in told.stdout


def test_w1b_a_shell_that_may_not_be_resumed_says_which_statement_is_missing(
    lab: LabThread, environment: dict[str, str]
) -> None:
    lab.allow(policies(without(whole_policy(), "ssm:ResumeSession")))
    with PtyApp(["--open", "name:=web-1|name:=web-2"], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("2 open")
        app.send("\r")
        app.wait_until_gone("2 open")
        app.send(LEADER + "2")
        app.wait_for_text(":~$")
        lab.say_bye()
        app.wait_for_text("Your policy lets you start sessions but not resume them")
        app.wait_for_text('"ssm:ResumeSession"')
        app.wait_for_text("s ago, after")  # keys that were meant for the shell do nothing at first
        app.send("r")  # another shell in its place
        app.wait_until_gone("not resume them")
        app.wait_for_text(":~$")


def test_w1b_what_may_not_be_ended_is_named_once(lab: LabThread, environment: dict[str, str]) -> None:
    lab.allow(policies(without(whole_policy(), "ssm:TerminateSession")))
    with PtyApp(["--open", "name:=web-1"], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text(":~$")
        app.send(LEADER + "d")
        app.wait_for_text("1 of ")
        app.send("q")
        app.wait_for_text("terminated")
        app.send("y")
        assert app.wait_for_exit() == 0
        told = app.output.decode(errors="replace")
    assert re.search(
        rf"ssmtui: AWS has not confirmed the end of \S+, because ssm:TerminateSession is denied {WHY}; idle sessions "
        r"end by themselves\.",
        told,
    )


class Screen(NamedTuple):
    """Keys from the list of nodes on, and what the screen says without some actions."""

    actions: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]
    """Each with what must be there before it is typed."""
    says: str


SCREENS = (
    Screen(("ssm:ListDocuments",), (("s", ""),), "no list: ssm:ListDocuments is denied. A name can be typed."),
    Screen(("ssm:GetDocument",), (("s", ""),), "Windows MacOS · ssm:GetDocument is denied"),
    Screen(
        ("ssm:GetDocument", "ssm:DescribeDocument"),
        (("s", ""),),
        "The account's settings for it cannot be read: ssm:GetDocument is denied",
    ),
    Screen(
        ("ec2:DescribeRegions",),
        (("A", ""), ("\t", "tab regions")),
        "ec2:DescribeRegions is denied: which are enabled is not known",
    ),
    Screen(
        ("ssm:DescribeSessions",),
        (("H", ""),),
        "Access denied. The caller needs the permission ssm:DescribeSessions.",
    ),
    Screen(
        ("ssm:StartAccessRequest",),
        (("a", ""), ("on call\r", "Reason  required")),
        "ssm:StartAccessRequest on resource: arn:aws:ec2:",
    ),
)


@pytest.mark.parametrize("case", SCREENS, ids=lambda case: "+".join(case.actions))
def test_what_the_screen_says_without_an_action(case: Screen, lab: LabThread, environment: dict[str, str]) -> None:
    lab.allow(policies(without(whole_policy(), *case.actions)))
    with PtyApp([], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("60 nodes")
        for keys, there in case.keys:
            app.wait_for_text(there)
            app.send(keys)
        app.wait_for_text(case.says)
    assert {one.action for one in lab.judgements if one.denial is not None} == set(case.actions)


def test_without_the_accounts_name_its_number_is_shown(lab: LabThread, environment: dict[str, str]) -> None:
    lab.allow(policies(without(whole_policy(), "iam:ListAccountAliases")))
    with PtyApp([], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("role/Ops · 123456789012 · eu-west-1")
        app.wait_for_text("60 nodes")
        assert "example-prod" not in app.text
