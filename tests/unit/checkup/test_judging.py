"""What the checkup makes of evidence: configuration, network, credentials, permissions, terminal, and all together."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ssmtui.aws.configuration import Configuration, ConfigurationFile, ConfigurationProblem
from ssmtui.checkup import configuration, credentials, network, permissions, report, terminal
from ssmtui.checkup.asked_terminal import read_answers
from ssmtui.checkup.network import SERVICES
from ssmtui.checkup.results import CheckupArea, Result, summarize
from ssmtui.checkup.terminal import TerminalAnswers, TerminalFacts
from ssmtui.diagnosis.certificates import Certificate
from ssmtui.diagnosis.findings import Verdict
from ssmtui.diagnosis.probe import Probe, ProbeStep
from ssmtui.errors import AccessDenied, ConfigurationError, ConnectionFailed, CredentialsError, ServiceError
from ssmtui.model import AwsProfile, CredentialFacts, Identity, Scope
from ssmtui.sign_in import SignIn, SignInWay

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
SSO = SignIn(SignInWay.SSO, "corp", "sign in")
SCOPE = Scope("prod", "eu-west-1")
SSM = "ssm.eu-west-1.amazonaws.com"
WELL = Result(CheckupArea.PROGRAM, "ssmtui", Verdict.OK, "Well")


def worst(results: list[Result]) -> Result:
    """The one that keeps something from working."""
    (found,) = (result for result in results if result.verdict is Verdict.BAD)
    return found


# All together


def test_what_comes_first_explains_the_rest() -> None:
    bad = Result(CheckupArea.NETWORK, "ssm", Verdict.BAD, "The name cannot be looked up", fix="Check the network.")
    results = [WELL, Result(CheckupArea.CREDENTIALS, "prod", Verdict.BAD, "They ended"), bad]
    summary = summarize(results)
    assert (summary.verdict, summary.area) == (Verdict.BAD, CheckupArea.NETWORK)
    assert summary.what == "Network, ssm: the name cannot be looked up, and one more"
    assert summary.fix == "Check the network."


def test_notes_do_not_count() -> None:
    note = Result(CheckupArea.PERMISSIONS, "x", Verdict.WARN, "Denied", is_note=True)
    assert summarize([WELL, note, note._replace(verdict=Verdict.UNKNOWN)]).verdict is Verdict.OK
    assert summarize([WELL, note._replace(is_note=False)]).verdict is Verdict.WARN
    assert "one check" in summarize([WELL, note._replace(verdict=Verdict.UNKNOWN, is_note=False)]).what


def test_text_and_json_are_inert_and_hold_the_policy() -> None:
    denied = AccessDenied("\x1b]0;x\x07 denied", operation="DescribeInstances")
    results = permissions.check({"ec2:DescribeInstances": denied})
    text = report.text(results)
    assert "\x1b" not in text
    assert '"Action": "ec2:DescribeInstances"' in text
    (check, *_) = report.as_object(results)["checks"]
    assert check["policy"]["Statement"][0]["Effect"] == "Allow"
    assert check["note"] is True
    assert json.dumps(report.as_object(results)).isascii()


# Configuration


def files(tmp_path: Path, *, exist: bool) -> tuple[ConfigurationFile, ...]:
    return (
        ConfigurationFile(str(tmp_path / "config"), "AWS_CONFIG_FILE", exist),
        ConfigurationFile(str(tmp_path / "credentials"), "AWS_SHARED_CREDENTIALS_FILE", exist),
    )


def test_nothing_at_all_names_the_ways_on(tmp_path: Path) -> None:
    refused = ConfigurationError("no AWS region is set", title="No region")
    found = worst(configuration.check(Configuration(files(tmp_path, exist=False)), {}, None, refused))
    assert "no AWS configuration" in found.what
    assert "ssmtui sign-in" in found.fix
    assert "--demo" in found.fix


def test_credentials_of_variables_need_no_files(tmp_path: Path) -> None:
    given = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "shh", "AWS_REGION": "eu-west-1"}
    results = configuration.check(Configuration(files(tmp_path, exist=False)), given, None, None)
    assert {result.verdict for result in results} == {Verdict.OK}
    assert not any("AKIA" in str(result) or "shh" in str(result) for result in results)
    assert any("AWS_REGION=eu-west-1" in result.what for result in results)
    del given["AWS_SECRET_ACCESS_KEY"]
    results = configuration.check(Configuration(files(tmp_path, exist=False)), given, None, None)
    assert any("AWS_SECRET_ACCESS_KEY is not" in one.what for one in results if one.verdict is Verdict.WARN)


@pytest.mark.parametrize(
    ("of", "chosen", "verdict"),
    [
        ("", None, Verdict.BAD),
        ("prod", "prod", Verdict.BAD),
        ("prod", "dev", Verdict.WARN),
        ("default", None, Verdict.BAD),
    ],
)
def test_a_problem_names_its_place_and_counts_where_it_is_ours(
    tmp_path: Path, of: str, chosen: str | None, verdict: Verdict
) -> None:
    file = str(tmp_path / "config")
    problem = ConfigurationProblem(file, "the key stands twice", "Remove one.", 3, "profile prod", "region", of)
    found = configuration.check(Configuration(files(tmp_path, exist=True), (), (problem,)), {}, chosen, None)
    (told,) = (result for result in found if "line 3" in result.name)
    assert told.name == f"{file}, line 3, [profile prod], region"
    assert (told.verdict, told.what, told.fix) == (verdict, "The key stands twice", "Remove one.")


def test_an_aws_profile_that_is_not_there(tmp_path: Path) -> None:
    refused = ConfigurationError("no prdo", title="No such AWS profile", remedy="Did you mean prod?")
    found = worst(configuration.check(Configuration(files(tmp_path, exist=True)), {}, "prdo", refused))
    assert (found.name, found.what, found.fix) == ("AWS profile prdo", "No such AWS profile", "Did you mean prod?")


def test_credentials_that_others_may_read(tmp_path: Path) -> None:
    for name, mode in (("config", 0o644), ("credentials", 0o644)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    results = configuration.check(Configuration(files(tmp_path, exist=True)), {}, None, None)
    assert [result.name for result in results if result.verdict is Verdict.WARN] == [str(tmp_path / "credentials")]
    (tmp_path / "credentials").chmod(0o600)
    results = configuration.check(Configuration(files(tmp_path, exist=True)), {}, None, None)
    assert not any(result.verdict is Verdict.WARN for result in results)


# Network


def test_endpoints_say_of_which_kind_they_are() -> None:
    fips = f"https://{SSM.replace('ssm', 'ssm-fips', 1)}"
    public = Probe("ssm-fips.eu-west-1.amazonaws.com", 443, addresses=("52.1.1.1",))
    assert network.reached(SERVICES[0], fips, public).what.endswith("can be reached, FIPS")
    private = Probe(SSM, 443, addresses=("10.0.0.7",))
    assert "interface endpoint" in network.reached(SERVICES[0], f"https://{SSM}", private).what
    vpce = "vpce-1.ssm.eu-west-1.vpce.amazonaws.com"
    assert "interface endpoint" in network.reached(SERVICES[0], f"https://{vpce}", Probe(vpce, 443)).what


def test_only_what_all_need_keeps_all_from_working() -> None:
    probe = Probe(SSM, 443, failed=ProbeStep.CONNECT, failure="no answer")
    verdicts = {service.name: network.reached(service, f"https://{SSM}", probe).verdict for service in SERVICES}
    assert [name for name, verdict in verdicts.items() if verdict is Verdict.BAD] == ["ssm", "ssmmessages"]
    assert [name for name, verdict in verdicts.items() if verdict is Verdict.WARN] == ["sts", "ec2", "kms"]


def test_one_reason_is_told_once() -> None:
    def reached(service: network.ProbedService, step: ProbeStep | None) -> Result:
        probe = Probe(f"{service.name}.eu-west-1.amazonaws.com", 443, failed=step, failure="no answer")
        return network.reached(service, "https://x", probe)

    down = network.together([reached(service, ProbeStep.NAME) for service in SERVICES])
    (told,) = down
    assert told.verdict is Verdict.BAD
    assert told.name == "ssm, ssmmessages, sts, ec2, kms"
    assert told.what.endswith("cannot be looked up, nor can the 4 others")
    mixed = network.together([reached(SERVICES[0], None), *(reached(one, ProbeStep.NAME) for one in SERVICES[2:])])
    assert [result.verdict for result in mixed] == [Verdict.OK, Verdict.WARN]


def test_a_proxy_is_shown_without_its_password() -> None:
    probe = Probe(SSM, 443, proxy="proxy.corp:3128")
    given = {"HTTPS_PROXY": "http://jane:secret@proxy.corp:3128", "https_proxy": "jane@proxy.corp", "NO_PROXY": ".corp"}
    told = network.proxies(given, {"ssm": probe, "kms": Probe("kms.corp", 443)})
    assert "secret" not in str(told)
    assert "jane" not in str(told)
    assert told.what == "AWS is called through proxy.corp:3128; without it: kms"
    assert "NO_PROXY=.corp" in told.evidence


def shown(issuer: str, failed: ProbeStep | None = None, ends: datetime = NOW + timedelta(days=90)) -> Probe:
    return Probe(SSM, 443, failed=failed, failure="", chain=(Certificate(SSM, issuer, ends),))


@pytest.mark.parametrize(
    ("probe", "verdict", "words"),
    [
        (shown("Amazon RSA 2048 M01 (Amazon)"), Verdict.OK, "Signed by Amazon"),
        (shown("Zscaler Root (Zscaler)"), Verdict.WARN, "TLS is inspected on the way: the certificates are by Zscaler"),
        (shown("Zscaler Root (Zscaler)", ProbeStep.TLS), Verdict.BAD, "does not trust it"),
        (shown("Amazon RSA 2048 M01 (Amazon)", None, NOW), Verdict.BAD, "has ended"),
        (shown("Amazon RSA 2048 M01 (Amazon)", None, NOW + timedelta(days=1)), Verdict.WARN, "within three days"),
    ],
)
def test_who_inspects_tls(probe: Probe, verdict: Verdict, words: str) -> None:
    told, trust = network.certificates({"ssm": probe}, "/etc/corp.pem", NOW)
    assert told.verdict is verdict
    assert words in told.what
    assert "/etc/corp.pem" in trust.what
    if verdict is Verdict.BAD and probe.failed:
        assert "If you trust Zscaler Root (Zscaler)" in told.fix
        assert "AWS_CA_BUNDLE" in told.fix


# Credentials


@pytest.mark.parametrize(
    ("facts", "is_ours", "verdict", "words"),
    [
        (CredentialFacts("sso", NOW + timedelta(minutes=41), SSO), True, Verdict.OK, "SSO, 41 min left"),
        (CredentialFacts("sso", NOW + timedelta(minutes=5), SSO), True, Verdict.WARN, "5 min left"),
        (CredentialFacts("role", NOW + timedelta(minutes=5)), True, Verdict.OK, "Role, 5 min left"),
        (CredentialFacts("sso", NOW - timedelta(hours=3), SSO), True, Verdict.BAD, "ended 3 h ago"),
        (CredentialFacts("sso", NOW - timedelta(hours=3), SSO), False, Verdict.WARN, "ended 3 h ago"),
        (CredentialFacts("keys"), True, Verdict.OK, "Keys, without an end"),
        (CredentialFacts("process"), True, Verdict.OK, "when they end is not known"),
    ],
)
def test_kinds_and_ends(facts: CredentialFacts, is_ours: bool, verdict: Verdict, words: str) -> None:
    told = credentials.kept("prod", facts, NOW, is_ours=is_ours)
    assert told is not None
    assert told.verdict is verdict
    assert words in told.what
    if verdict is Verdict.BAD:
        assert told.fix == "Sign in: `ssmtui sign-in 'sign in'`, or `aws sso login --profile 'sign in'`."
    if not is_ours:
        assert told.is_note, "an AWS profile that is not in use keeps nothing from working"


def test_the_caller_and_how_to_sign_in() -> None:
    identity = Identity("123456789012", "arn:aws:sts::123456789012:assumed-role/Ops/jane")
    assert credentials.caller(identity, SCOPE, answered=True).what == "role/Ops of account 123456789012"
    ended = CredentialsError("the token has ended")
    ended.sign_in = SignIn(SignInWay.LOGIN, "x", "prod")
    told = credentials.caller(ended, SCOPE, answered=False)
    assert told.verdict is Verdict.BAD
    assert told.fix == "Sign in: `ssmtui sign-in prod`, or `aws login --profile prod`."
    ended.sign_in = SignIn(SignInWay.MFA, "x", "prod")
    assert "MFA code" in credentials.caller(ended, SCOPE, answered=False).fix


def test_more_aws_profiles_than_fit() -> None:
    assert "3 more" in credentials.more([AwsProfile(str(n), "", "") for n in range(3)]).what


# Permissions

USER = "User: arn:aws:iam::123456789012:user/jane is not authorized to perform: "
SCP = "arn:aws:organizations::999999999999:policy/o-x/service_control_policy/p-x"


def refused(action: str, tail: str) -> AccessDenied:
    return AccessDenied(f"{USER}{action} {tail}", operation=action.partition(":")[2])


def test_who_denies_and_the_statement_that_would_allow_it() -> None:
    mine = refused("ec2:DescribeInstances", "because no identity-based policy allows the ec2:DescribeInstances action")
    theirs = refused("ssm:DescribeSessions", f"with an explicit deny in a service control policy: {SCP}")
    bound = refused("ssm:ListDocuments", "because no permissions boundary allows the ssm:ListDocuments action")
    outcomes = {"ec2:DescribeInstances": mine, "ssm:DescribeSessions": theirs, "ssm:ListDocuments": bound, "x:Y": None}
    own, organization, boundary, allowed = permissions.check(outcomes)
    assert own.what == "It is denied, no identity-based policy allows it"
    assert own.statement == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"}],
    }
    assert organization.what == f"It is denied, by an explicit deny in a service control policy {SCP}"
    assert organization.statement is boundary.statement is None
    assert "those who run your organization" in organization.fix
    assert "no permissions boundary allows it" in boundary.what
    assert allowed.what == "1 of 4 calls that were tried are allowed"


def test_one_policy_for_all_that_a_permission_helps_with() -> None:
    tail = "because no identity-based policy allows it"
    denied = {action: refused(action, tail) for action in ("ec2:DescribeRegions", "ecs:ListClusters")}
    *_, policy = permissions.check(denied)
    assert policy.name == permissions.POLICY
    assert policy.statement is not None
    assert policy.statement["Statement"][0]["Action"] == ["ec2:DescribeRegions", "ecs:ListClusters"]
    text = report.text(permissions.check(denied))
    assert text.count('"Version"') == 1, "each has a policy of its own only where it is copied from"
    assert text.count("The policy below allows it.") == 2


def test_the_list_of_nodes_has_two_ways() -> None:
    one, other = (refused(action, "") for action in permissions.LISTS)
    assert summarize(permissions.check({permissions.LISTS[0]: one, permissions.LISTS[1]: None})).verdict is Verdict.OK
    (allowed,) = permissions.check({permissions.LISTS[0]: None, permissions.LISTS[1]: other})
    assert (allowed.verdict, allowed.evidence) == (Verdict.OK, f"{permissions.LISTS[0]}.")
    both = dict(zip(permissions.LISTS, (one, other), strict=True))
    assert summarize(permissions.check(both)).verdict is Verdict.WARN


def test_what_does_not_exist_is_allowed_and_what_gives_no_answer_is_not_known() -> None:
    gone = ServiceError("no such cluster", code="ClusterNotFoundException", status=400)
    down = ServiceError("try again", code="InternalError", status=500)
    away = ConnectionFailed("no route", title="AWS cannot be reached")
    nowhere = ServiceError("x", code="UnknownOperationException", status=400)
    outcomes = {"ecs:ListTasks": gone, "a:B": down, "c:D": away, "e:F": away, "g:H": nowhere}
    results = permissions.check(outcomes)
    assert [result.verdict for result in results] == [Verdict.UNKNOWN] * 3 + [Verdict.OK]
    assert "2 calls could not be tried: AWS cannot be reached" in results[1].what
    assert results[2].what == "g:H: this region does not have it"
    assert results[3].evidence == "ecs:ListTasks."


def test_what_acts_is_not_tried() -> None:
    told = permissions.not_tried(frozenset({"ssm:DescribeInstanceProperties"}))
    assert told.is_note
    needed = "ssm:StartSession, ssm:ResumeSession, ssm:TerminateSession, ssmmessages:OpenDataChannel"
    assert told.what.startswith(needed)


# Terminal

KITTY = b"\x1bP>|kitty(0.35.2)\x1b\\\x1b[?1u\x1b[?1006;2$y\x1b[?2004;2$y\x1b[?2026;2$y\x1b[?62;52c"
PLAIN = TerminalFacts({"TERM": "xterm-256color"}, (120, 40), encoding="UTF-8")


def named(results: list[Result], name: str) -> Result:
    return next(result for result in results if result.name == name)


def test_what_a_terminal_answers() -> None:
    answers = read_answers(b"typed\x1b[A" + KITTY + b"more")
    assert answers == TerminalAnswers("kitty(0.35.2)", True, True, True, True, True)
    assert read_answers(b"\x1b[?6c") == TerminalAnswers(answers=True, keys_apart=False)
    assert read_answers(b"").answers is False
    assert read_answers(b"").keys_apart is None
    assert read_answers(b"\x1b[?2026;0$y\x1b[?6c").synchronized is False


def test_a_good_terminal_is_well() -> None:
    environment = {"TERM": "xterm-kitty", "COLORTERM": "truecolor"}
    results = terminal.check(TerminalFacts(environment, (120, 40), read_answers(KITTY), None, ("wl-copy",), "UTF-8"))
    assert {result.verdict for result in results} == {Verdict.OK}
    assert "wl-copy" in named(results, "clipboard").what
    assert "16 million" in named(results, "colours").what
    assert "told apart" in named(results, "keys").what


@pytest.mark.parametrize(
    ("facts", "name", "verdict", "words"),
    [
        (PLAIN._replace(environment={"TERM": "dumb"}), "terminal", Verdict.BAD, "no screen is drawn"),
        (PLAIN._replace(size=(39, 40)), "size", Verdict.BAD, "40x10"),
        (PLAIN._replace(size=(70, 24)), "size", Verdict.OK, "more is shown"),
        (PLAIN._replace(encoding="ISO-8859-1"), "encoding", Verdict.WARN, "garbled"),
        (PLAIN._replace(environment={"TERM": "vt220"}), "colours", Verdict.WARN, "coarse"),
        (PLAIN._replace(environment={"TERM": "xterm", "NO_COLOR": "1"}), "colours", Verdict.OK, "NO_COLOR"),
        (PLAIN._replace(answers=TerminalAnswers(keys_apart=False)), "keys", Verdict.OK, "Ctrl-I and Tab"),
        (PLAIN._replace(environment={"TERM": "xterm", "SSH_TTY": "/dev/pts/1"}), "ssh", Verdict.OK, "Over ssh"),
        (PLAIN._replace(environment={"TERM": "screen", "STY": "1.x"}), "screen", Verdict.OK, "GNU screen"),
    ],
)
def test_what_is_worth_knowing(facts: TerminalFacts, name: str, verdict: Verdict, words: str) -> None:
    told = named(terminal.check(facts), name)
    assert told.verdict is verdict
    assert words in told.what


def test_inside_tmux() -> None:
    environment = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-1/default,1,0"}
    options = {"version": "3.4", "escape-time": "500", "set-clipboard": "external", "focus-events": "on"}
    results = terminal.check(PLAIN._replace(environment=environment, tmux=options))
    assert named(results, "tmux").what == "tmux 3.4 holds each Escape for 500 ms: vim is slow in a pane"
    assert named(results, "clipboard").verdict is Verdict.OK
    options |= {"escape-time": "10", "set-clipboard": "off"}
    results = terminal.check(PLAIN._replace(environment=environment, tmux=options))
    assert named(results, "tmux").what == "tmux 3.4 stands between"
    assert named(results, "clipboard").fix == "In ~/.tmux.conf: set -s set-clipboard on"
    assert named(terminal.check(PLAIN._replace(environment=environment)), "tmux").is_note


def test_without_a_terminal_little_is_said() -> None:
    assert [result.name for result in terminal.check(PLAIN._replace(size=None))] == ["terminal", "encoding"]
