from pathlib import Path
from typing import Any

import pytest

from ssmtui.config.files import MissingFile
from ssmtui.profiles.imports import ssh_config
from ssmtui.profiles.imports.ssh_config import Reached, reached_by

ID = "i-0a1b2c3d4e5f60718"
OFFICIAL = (
    "sh -c \"aws ssm start-session --target %h --document-name AWS-StartSSHSession --parameters 'portNumber=%p'\""
)


def read(text: str, **others: str) -> tuple[dict[str, Any], list[str]]:
    """The values by host, and what is left, without the file's name."""
    texts = {"config": text, **others}

    def read_text(file: Path) -> str:
        try:
            return texts[file.name]
        except KeyError:
            raise MissingFile(file.name) from None

    imported = ssh_config.read(Path("config"), read_text)
    return {one.name: one.values for one in imported.found}, [f"{one.place.line} {one.text}" for one in imported.left]


def test_hosts_behind_a_pattern_take_its_proxy_command() -> None:
    found, left = read(f"""
Host web db
  User ec2-user
Host web
  HostName {ID}
Host db
  HostName mi-0a1b2c3d4e5f60718
Host other
  HostName 10.0.0.1
Host * !other
  ProxyCommand {OFFICIAL}
""")
    assert found == {
        "web": {"target": ID, "description": "as ec2-user over ssh"},
        "db": {"target": "mi-0a1b2c3d4e5f60718", "description": "as ec2-user over ssh"},
    }
    assert left == ["10 Host * !other names no host by itself"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (f"aws ssm start-session --target {ID} --profile prod --region=eu-west-1", Reached(ID, "prod", "eu-west-1")),
        (f"AWS_PROFILE=prod aws --region us-east-1 ssm start-session --target {ID}", Reached(ID, "prod", "us-east-1")),
        (
            f"exec env AWS_REGION=eu-west-1 /usr/local/bin/aws ssm start-session --target {ID}",
            Reached(ID, "", "eu-west-1"),
        ),
        (f"aws ssm start-session --target {ID} --document-name Own-Ssh", Reached(ID, "", "", "Own-Ssh")),
        ('powershell.exe "aws ssm start-session --target %h --profile prod"', Reached("web-1", "prod")),
        ("ssmtui --aws-profile prod --region eu-west-1 proxy %h %p", Reached("web-1", "prod", "eu-west-1")),
        ("aws-gate ssh-proxy -p prod -r eu-west-1 %h", Reached("web-1", "prod", "eu-west-1")),
        ("~/.ssh/aws-ssm-ec2-proxy-command.sh %h %r %p ~/.ssh/id_rsa.pub", Reached("web-1")),
        (f"~/bin/ssh-ssm.sh {ID} %r", Reached(ID)),
        ("bash -c 'ssm-proxy --profile prod --host %n'", Reached("alias", "prod")),
    ],
)
def test_what_a_command_says_is_read(command: str, expected: Reached) -> None:
    host_name = "alias" if "%n" in command else "web-1"
    assert reached_by(command, "alias", host_name, {"user": "me"}) == expected


MADE = 'sh -c "aws ssm start-session --target $(echo %h|cut -d. -f1) --region $(echo %h|cut -d. -f2)"'
GATE = "sh -c \"aws-gate ssh-proxy -p `echo %h | sed 's/x/\\\\3/g'` -r `echo %h | sed 's/x/\\\\2/g'` `echo %h`\""


@pytest.mark.parametrize("command", [MADE, GATE])
def test_what_the_shell_makes_is_told_from_a_name_that_says_it_all(command: str) -> None:
    reached = reached_by(command, "web", f"{ID}.eu-west-1.prod", {})
    assert reached is not None
    assert (reached.node, reached.region) == (ID, "eu-west-1")
    assert reached_by(command, "web", "web.eu-west-1", {}) is None


def test_what_is_no_session_is_left_alone_and_what_cannot_be_told_is_told() -> None:
    found, left = read(f"""
Host plain
  HostName 10.0.0.1
Host jump
  ProxyJump bastion
  ProxyCommand {OFFICIAL}
Host none
  ProxyCommand none
  ProxyCommand {OFFICIAL}
Host looked-up
  ProxyCommand ssm-find --name production
Host i-* mi-*
  ProxyCommand {OFFICIAL}
Match exec "on-vpn"
  ProxyCommand {OFFICIAL}
""")
    assert found == {}
    assert left == [
        "10 looked-up is left out: which node it means is only known to its ProxyCommand",
        "12 Host i-* mi-* names no host by itself",
        '14 Match exec "on-vpn" is taken for no match: only ssh itself can evaluate it',
    ]


def test_addresses_and_names_become_queries() -> None:
    found, _ = read(
        f"""
ProxyCommand {OFFICIAL}
Host a
  HostName 10.0.4.17
Host b
  HostName ip-10-0-4-18.eu-west-1.compute.internal
Host c
  HostName web-1
""".replace("ProxyCommand", "Host *\n ProxyCommand", 1)
    )
    assert {name: values["query"] for name, values in found.items()} == {
        "a": "ip:=10.0.4.17",
        "b": "ip:=10.0.4.18",
        "c": "name:=web-1",
    }


def test_match_host_looks_at_the_host_name_and_forwards_add_up() -> None:
    found, left = read(f"""
Host db
  HostName {ID}
  LocalForward 5432 orders.internal:5432
  LocalForward 127.0.0.1:8080 localhost:80
  LocalForward /tmp/socket /tmp/other
  LocalForward web:8081 localhost:80
  DynamicForward 1080
Match originalhost db
  LocalForward 9000 [::1]:9001
  LocalForward [::1]:9002 [fd00::7]:9002
  LocalForward :9003 orders.internal:9003
  DynamicForward *:1081
Match host i-*
  ProxyCommand {OFFICIAL}
""")
    forwards = ["5432:orders.internal:5432", "8080:80", "socks:1080", "9000:9001", "[::1]:9002:[fd00::7]:9002"]
    open_to_all = ["0.0.0.0:9003:orders.internal:9003", "socks:0.0.0.0:1081"]
    assert found == {"db": {"target": ID, "forwards": [*forwards, *open_to_all]}}
    assert [told.partition(": ")[2] for told in left[:2]] == [
        "LocalForward /tmp/socket /tmp/other is not taken over",
        "LocalForward web:8081 localhost:80 is not taken over",
    ]


def test_included_files_hold_where_they_are_included(tmp_path: Path) -> None:
    for name, text in {
        "config": f"Include conf.d/*\nInclude missing\nHost b\n  Include only-b\nHost a b\n ProxyCommand {OFFICIAL}\n",
        "conf.d/1": f"Host a\n  HostName {ID}\n",
        "only-b": "HostName mi-0a1b2c3d4e5f60718\n",
        "loop": "Include config\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    imported = ssh_config.read(tmp_path / "config", Path.read_text)
    assert {one.name: one.values for one in imported.found} == {
        "a": {"target": ID},
        "b": {"target": "mi-0a1b2c3d4e5f60718"},
    }
    assert {one.name: one.place.file.name for one in imported.found} == {"a": "1", "b": "config"}


def test_files_that_include_each_other_come_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(f"Include config\nHost a\n HostName {ID}\n ProxyCommand {OFFICIAL}\n")
    imported = ssh_config.read(tmp_path / "config", Path.read_text)
    assert [one.name for one in imported.found] == ["a"]
    assert "include each other" in imported.left[0].text


@pytest.mark.parametrize(
    "text", ["", "Host\n", "Match\n", "=\n", 'Host "a\n ProxyCommand "ssm %h\n', "Host [a\nHost *[b\n"]
)
def test_nothing_breaks_it(text: str) -> None:
    read(text)


PARAMETERS = "--document-name AWS-StartSSHSession --parameters 'portNumber=%p'"
SESSION = f"aws ssm start-session --target %h {PARAMETERS}"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe "
            '"aws ssm start-session --target %h --region us-west-2 --profile personal"',
            Reached(ID, "personal", "us-west-2"),
        ),
        (
            f'sh -c "aws ec2 start-instances --instance-ids %h --region us-east-1; {SESSION} --region us-east-2"',
            Reached(ID, "", "us-east-2"),
        ),
        (f'sh -c "{SESSION} --profile shop --region us-east-2; true"', Reached(ID, "shop", "us-east-2")),
        (f'sh -c "{SESSION} --region us-east-2&&true"', Reached(ID, "", "us-east-2")),
        (f'sh -c "export AWS_PROFILE=shop AWS_REGION=eu-west-1; {SESSION}"', Reached(ID, "shop", "eu-west-1")),
        (f'sh -c "export AWS_PROFILE=shop && {SESSION} --profile own"', Reached(ID, "own", "")),
        (f"aws-vault exec shop-prod --region eu-west-3 -- {SESSION}", Reached(ID, "shop-prod", "eu-west-3")),
        (f"aws-vault exec -d 1h shop-prod -- {SESSION}", Reached(ID, "shop-prod")),
        ("cmd /c aws ssm start-session --target %h --region eu-west-1", Reached(ID, "", "eu-west-1")),
    ],
)
def test_item_9_the_values_of_start_session_itself_are_read(command: str, expected: Reached) -> None:
    assert reached_by(command, "web", ID, {}) == expected


def test_item_9_what_is_not_understood_is_reported_for_its_host() -> None:
    found, left = read(f"""
Host web
  HostName {ID}
  LocalForward /tmp/x.sock db:5432
  ProxyCommand sh -c "aws ssm start-session --target %h --profile $WHO --region $(cat region)"
""")
    assert found == {"web": {"target": ID}}
    assert left == [
        "2 web: its region is not taken over: only its shell can read it",
        "2 web: its AWS profile is not taken over: only its shell can read it",
        "2 web: LocalForward /tmp/x.sock db:5432 is not taken over",
    ]


def own_document(more: str) -> tuple[dict[str, Any], list[str]]:
    """The values of a host with a document of one's own, and what is left."""
    found, left = read(f"Host own\n  ProxyCommand aws ssm start-session --target {ID} {more}\n")
    return found["own"], left


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("portNumber=%p", {"portNumber": ["22"]}),
        ("host=db.internal,portNumber=%p", {"host": ["db.internal"], "portNumber": ["22"]}),
        ("hosts=a,b,level=info", {"hosts": ["a", "b"], "level": ["info"]}),
        ("'command=ls -la'", {"command": ["ls -la"]}),
        ("""'{"command": ["ls"], "level": "info"}'""", {"command": ["ls"], "level": ["info"]}),
    ],
)
def test_parameters_of_a_document_of_ones_own_are_taken_over(given: str, expected: dict[str, list[str]]) -> None:
    values, left = own_document(f"--document-name Own-Ssh --parameters {given} --reason 'on call'")
    assert values == {"target": ID, "document": "Own-Ssh", "reason": "on call", "parameters": expected}
    assert left == []


@pytest.mark.parametrize("given", ["file://p.json", "'command=[1]'", "plain", "'{\"a\": 1}'", "'{'", "a=,b=1", "'[1]'"])
def test_parameters_that_cannot_be_read_are_reported(given: str) -> None:
    values, left = own_document(f"--document-name Own-Ssh --parameters {given}")
    assert values == {"target": ID, "document": "Own-Ssh"}
    assert left == ["1 own: its parameters are not taken over: they cannot be read"]


def test_parameters_and_a_reason_that_a_shell_makes_are_reported() -> None:
    values, left = own_document('--document-name Own-Ssh --parameters user=$USER --reason "$(date)"')
    assert values == {"target": ID, "document": "Own-Ssh"}
    assert left == [
        "1 own: its reason is not taken over: only its shell can read it",
        "1 own: its parameters are not taken over: only its shell can read it",
    ]


def test_the_port_of_the_ssh_documents_is_no_parameter_of_the_profile() -> None:
    values, _ = own_document("--document-name AWS-StartSSHSession --parameters portNumber=%p --reason ticket")
    assert values == {"target": ID, "reason": "ticket"}


@pytest.mark.parametrize(
    "command",
    [
        f"sh -c 'aws ssm start-session --target {ID}; export AWS_PROFILE=late AWS_REGION=eu-west-1'",
        f"sh -c 'AWS_PROFILE=other true; aws ssm start-session --target {ID}'",
        f"sh -c 'sh -c \"export AWS_PROFILE=inner\"; aws ssm start-session --target {ID}'",
        f"aws-vault exec other -- true; aws ssm start-session --target {ID}",
    ],
)
def test_variables_that_start_session_does_not_see_do_not_count(command: str) -> None:
    assert reached_by(command, "web", "web", {}) == Reached(ID)


@pytest.mark.parametrize(
    "command",
    [
        f"sh -c '(cd /tmp; export AWS_PROFILE=shop; aws ssm start-session --target {ID} --region eu-west-1)'",
        f"sh -c '(cd /tmp && AWS_PROFILE=shop aws ssm start-session --target {ID} --region eu-west-1)'",
        f"sh -c '{{ cd /tmp; AWS_PROFILE=shop aws ssm start-session --target {ID} --region eu-west-1; }}'",
        f"sh -c 'if true; then AWS_PROFILE=shop aws ssm start-session --target {ID} --region eu-west-1; fi'",
        f"AWS_PROFILE=shop sh -c 'aws ssm start-session --region eu-west-1 --target {ID}'",
    ],
)
def test_commands_in_parentheses_and_groups_are_read(command: str) -> None:
    assert reached_by(command, "web", "web", {}) == Reached(ID, "shop", "eu-west-1")


POWERSHELL = r"""# 4 Windows powershell with a full path
Host win-ps
  HostName i-0aaaaaaaaaaaaaaa4
  User ubuntu
  ProxyCommand C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe "aws ssm start-session --target %h
 --document-name AWS-StartSSHSession --parameters portNumber=%p --region us-west-2 --profile personal"
""".replace("\n --document", " --document")

SEMICOLON = """# start the machine first, then the session, as a template's README has it; region is us-east-2
Host start-first
  HostName i-0aaaaaaaaaaaaab25
  ProxyCommand sh -c "aws ec2 start-instances --instance-ids %h --region us-east-2; aws ssm start-session --target %h
 --document-name AWS-StartSSHSession --parameters 'portNumber=%p' --region us-east-2"
# the region ends with the semicolon of the shell
Host region-last
  HostName i-0aaaaaaaaaaaaab27
  ProxyCommand sh -c "aws ssm start-session --target %h --document-name AWS-StartSSHSession
 --parameters 'portNumber=%p' --profile shop --region us-east-2; true"
""".replace("\n --", " --")

EXPORTED = """Host export
  HostName i-0aaaaaaaaaaaaab21
  ProxyCommand sh -c "export AWS_PROFILE=shop AWS_REGION=eu-west-1; aws ssm start-session --target %h
 --document-name AWS-StartSSHSession --parameters 'portNumber=%p'"
Host vaulted
  HostName i-0aaaaaaaaaaaaab10
  ProxyCommand aws-vault exec shop-prod --region eu-west-3 -- aws ssm start-session --target %h
 --document-name AWS-StartSSHSession --parameters portNumber=%p
""".replace("\n --", " --")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            POWERSHELL,
            {
                "win-ps": {
                    "target": "i-0aaaaaaaaaaaaaaa4",
                    "description": "as ubuntu over ssh",
                    "aws_profile": "personal",
                    "region": "us-west-2",
                }
            },
            id="fault_7",
        ),
        pytest.param(
            SEMICOLON,
            {
                "start-first": {"target": "i-0aaaaaaaaaaaaab25", "region": "us-east-2"},
                "region-last": {"target": "i-0aaaaaaaaaaaaab27", "aws_profile": "shop", "region": "us-east-2"},
            },
            id="fault_8",
        ),
        pytest.param(
            EXPORTED,
            {
                "export": {"target": "i-0aaaaaaaaaaaaab21", "aws_profile": "shop", "region": "eu-west-1"},
                "vaulted": {"target": "i-0aaaaaaaaaaaaab10", "aws_profile": "shop-prod", "region": "eu-west-3"},
            },
            id="fault_11",
        ),
    ],
)
def test_whole_files_are_imported(text: str, expected: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    imported = ssh_config.read(file, Path.read_text)
    assert ({one.name: one.values for one in imported.found}, imported.left) == (expected, [])
