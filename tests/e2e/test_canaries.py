"""Secrets are planted in all that the program handles, it works for a while under umask 000, and everything that it has
written, started or said to the system is searched for them."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.lab_thread import LabThread, lab_thread
from tests.support.pty_app import PROGRAM, PtyApp, clean_environment
from tests.support.wait import wait_until_sync

pytestmark = pytest.mark.timeout(120)

LEADER = "\x1d"
PROMPT = ":~$"
WIDE_OPEN = ("/bin/sh", "-c", 'umask 000; exec "$@"', "sh", *PROGRAM)
"""The program of a person whose files are everybody's unless somebody takes care."""


def spellings(secret: str) -> set[bytes]:
    """How it could stand in a file or on a command line."""
    plain = secret.encode()
    found = {plain, base64.b64encode(plain).rstrip(b"="), quote(secret, safe="").encode(), plain.hex().encode()}
    # In the middle of base64 the letters depend on where it begins.
    for before in (1, 2):
        shifted = base64.b64encode(b"x" * before + plain)
        found.add(shifted[4 : len(shifted) // 4 * 4 - 4])
    return {each for each in (*found, json.dumps(secret)[1:-1].encode()) if len(each) > 7}


@dataclass
class Witness:
    """Looks at every process that has ``home`` for its home, and at what those start, again and again."""

    home: Path
    seen: dict[str, set[bytes]] = field(default_factory=dict)
    """Environments, by command line."""
    done: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Until it is enough."""
        mark = f"HOME={self.home}\0".encode()
        ours: set[str] = set()
        while not self.done.wait(0.02):
            for process in sorted(Path("/proc").glob("[0-9]*"), key=lambda each: int(each.name)):
                with suppress(OSError):
                    environment = (process / "environ").read_bytes()
                    parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
                    if mark in environment or parent in ours:
                        ours.add(process.name)
                        command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                        self.seen.setdefault(command, set()).add(environment)


@contextmanager
def witnessed(home: Path) -> Iterator[Witness]:
    witness = Witness(home)
    thread = threading.Thread(target=witness.look, name="witness")
    thread.start()
    try:
        yield witness
    finally:
        witness.done.set()
        thread.join()


@pytest.fixture
def lab() -> Iterator[LabThread]:
    with lab_thread(nodes=8) as running:
        yield running


@pytest.fixture
def environment(home: Path, lab: LabThread) -> Iterator[dict[str, str]]:
    runtime = Path(tempfile.mkdtemp(prefix="ssmtui-run-"))
    found = clean_environment(home, **lab.environment, XDG_RUNTIME_DIR=str(runtime), SSMTUI_KEEPER="true")
    yield found
    subprocess.run([sys.executable, "-m", "ssmtui", "keep", "--stop"], env=found, cwd=home, check=False, timeout=40)
    shutil.rmtree(runtime)


def work(app: PtyApp, lab: LabThread, canary: Mapping[str, str], found: set[str]) -> None:
    """What a person does with a shell in which secrets are typed, pasted, printed and copied."""
    app.wait_for_text(PROMPT)
    app.send("stty -echo; echo as''ks; read -r secret; stty echo; echo to''ld\r")
    app.wait_for_text("asks")
    app.send(canary["password"] + "\r")
    app.wait_for_text("told")
    app.send("\x1b[200~: " + canary["pasted"] + "\x1b[201~\r")
    app.wait_for_text(canary["pasted"])
    half = len(canary["printed"]) // 2
    app.send(f"echo {canary['printed'][:half]}''{canary['printed'][half:]}\r")
    app.wait_for_text("\n" + canary["printed"])
    app.send(f"printf '\\033]2;%s\\007' {canary['title']}; echo ti''tled\r")
    app.wait_for_text("titled")
    found |= lab.secrets
    lab.cut(1)
    app.send("echo ba''ck\r")
    app.wait_for_text("\nback")
    found |= lab.secrets


def made_here(home: Path, runtime: Path) -> Iterator[Path]:
    """All files and directories of the program."""
    for base in (home, runtime):
        yield from (path for path in base.rglob("*") if "ssmtui" in str(path.relative_to(base.parent)))


def test_no_secret_is_in_a_file_a_command_line_an_environment_a_log_or_a_trace(
    environment: dict[str, str], home: Path, lab: LabThread
) -> None:
    kinds = ("password", "pasted", "printed", "title")
    canary = {kind: f"canary{kind}{secrets.token_hex(8)}" for kind in kinds}
    found: set[str] = set()
    log, trace = home / "ssmtui.log", home / "ssmtui.trace"
    options = ("--log-file", str(log), "--trace", str(trace))
    with witnessed(home) as witness:
        with PtyApp([*options, "--open", "name:=web-1"], environment, program=WIDE_OPEN) as app:
            work(app, lab, canary, found)
            app.send(LEADER + "D")
            assert app.wait_for_exit() == 0
        with PtyApp([*options, "attach"], environment, program=WIDE_OPEN) as app:
            app.wait_for_text(PROMPT)
            found |= lab.secrets
            app.send("exit\r")
            wait_until_sync("the session is over", lambda: lab.active == [])
            os.kill(app.pid, 15)
            app.wait_for_exit()
    assert len(found) >= 4, "tokens before and after the cut"
    key = environment["AWS_SECRET_ACCESS_KEY"]
    planted = {**canary, **{f"of the service {number}": one for number, one in enumerate(sorted(found))}}

    files = [path for path in home.rglob("*") if path.is_file()]
    assert log in files
    assert trace in files
    leaks = [
        f"{name} in {path}"
        for name, secret in {**planted, "key": key}.items()
        for path in files
        for spelling in spellings(secret)
        if spelling in path.read_bytes()
    ]
    commands = [
        f"{name} in {command}"
        for name, secret in {**planted, "key": key}.items()
        for command in witness.seen
        if any(spelling in command.encode() for spelling in spellings(secret))
    ]
    environments = [
        f"{name} in the environment of {command}"
        for name, secret in planted.items()
        for command, seen in witness.seen.items()
        if any(spelling in each for spelling in spellings(secret) for each in seen)
    ]
    handed_on = [
        command
        for command, seen in witness.seen.items()
        if any(key.encode() in each for each in seen) and " -m ssmtui " not in command and "umask 000" not in command
    ]
    assert (leaks, commands, environments, handed_on) == ([], [], [], [])

    runtime = Path(environment["XDG_RUNTIME_DIR"])
    open_to_others = [
        f"{stat.filemode(path.lstat().st_mode)} {path}"
        for path in made_here(home, runtime)
        if stat.S_IMODE(path.lstat().st_mode) & 0o077 and not path.is_symlink()
    ]
    assert open_to_others == []
    assert any("keep --empty" in command for command in witness.seen), "a keeper had the session meanwhile"
    assert any("terminal" in command for command in witness.seen), "the terminal engines have a process of their own"


BROWSER = """\
#!{python}
# A person who allows everything, in front of a browser that goes where it is led.
import sys, urllib.error, urllib.request
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}), Stay)
try:
    opener.open(urllib.request.Request(sys.argv[1], data=b""))
except urllib.error.HTTPError as answer:
    back = answer.headers["Location"]
with open({codes!r}, "a") as file:
    print(back, file=file)
print(opener.open(back).status)
"""
SHY = """\
#!/bin/sh
echo '{{"Version": 1, "AccessKeyId": "AKIDTOOL", "SecretAccessKey": "{secret}"'
echo "SessionToken: {secret}" >&2
printf '%s\\n' '{long}' >&2
exit 3
"""
"""A credential_process that breaks off in the middle of its answer, and complains of too much."""


def secrets_in(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """What is secret in a file of the AWS CLI's."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from secrets_in(one, key)
    elif isinstance(value, str) and name.lower() not in _OPEN and not name.lower().endswith("at"):
        for line in value.splitlines() if "PRIVATE KEY" in value else [value]:
            if "PRIVATE KEY" not in line:
                yield name, line


_OPEN = {
    "starturl", "region", "signinregion", "clientid", "accountid", "tokentype", "accesskeyid", "expiration", "arn",
    "assumedroleid", "granttypes", "scopes",
}  # fmt: skip


def sign_in(arguments: list[str], environment: dict[str, str]) -> None:
    """A sign-in in which the browser does all."""
    with PtyApp(arguments, environment, program=WIDE_OPEN) as app:
        assert app.wait_for_exit() == 0, app.text


def test_no_secret_of_a_sign_in_is_anywhere_but_in_the_caches_of_the_aws_cli(
    home: Path, lab: LabThread, tmp_path: Path
) -> None:
    apart = tmp_path / "apart"
    codes, programs, config = apart / "codes", apart / "bin", home / "aws-config"
    programs.mkdir(parents=True)
    canary = {kind: f"Canary{kind}{secrets.token_hex(8)}" for kind in ("proxy", "process")}
    long = "Kk7" + secrets.token_hex(900)
    for name, text in {
        "xdg-open": BROWSER.format(python=sys.executable, codes=str(codes)),
        "shy": SHY.format(secret=canary["process"], long=long),
    }.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    log = home / "ssmtui.log"
    options = ["--log-file", str(log)]
    with lab.aws_config() as file:
        config.write_text(
            f"{file.read_text()}\n[profile shy]\nregion = eu-west-1\ncredential_process = {programs / 'shy'}\n"
        )
        named = {name: lab.environment[name] for name in ("AWS_ENDPOINT_URL", "AWS_REGION") if name in lab.environment}
        environment = clean_environment(
            home,
            **named,
            AWS_CONFIG_FILE=str(config),
            AWS_SHARED_CREDENTIALS_FILE=os.devnull,
            HTTPS_PROXY=f"http://jane:{canary['proxy']}@127.0.0.1:9",
        )
        here = {**environment, "DISPLAY": ":7", "PATH": f"{programs}{os.pathsep}{environment['PATH']}"}
        found: dict[str, str] = {}
        printed = ""
        with witnessed(home) as witness:
            with PtyApp([*options, "sign-in", "--device-code", "corp-sso"], environment, program=WIDE_OPEN) as app:
                app.wait_for_text("shows the code")
                found |= {f"device code {number}": code for number, code in enumerate(lab.device_codes)}
                assert found
                for code in lab.identity.center.waiting():
                    lab.identity.center.decide(code, approve=True)
                assert app.wait_for_exit() == 0, app.text
                printed += app.text
            found |= kept(home)
            for name in ("corp-sso", "corp-login"):
                sign_in([*options, "sign-in", name], here)
                found |= kept(home)
            with PtyApp([*options, "sign-in", "corp-mfa"], environment, program=WIDE_OPEN) as app:
                app.wait_for_text("MFA code of")
                typed = lab.identity.mfa.code
                app.send(f"{typed}\r")
                assert app.wait_for_exit() == 0, app.text
                printed += app.text
            found |= kept(home)
            for file in (home / ".aws/cli/cache").iterdir():
                file.unlink()
            with PtyApp([*options, "--aws-profile", "corp-mfa"], environment, program=WIDE_OPEN) as app:
                app.wait_for_text("wants an MFA code")
                app.send("I")
                app.wait_for_text("six digits")
                in_dialog = lab.identity.mfa.code
                app.send(f"{in_dialog}\r")
                app.wait_for_text("Signed in to")
                os.kill(app.pid, 15)
                app.wait_for_exit()
            found |= kept(home)
            for command in (
                ["--aws-profile", "corp-role", "nodes"],
                ["--aws-profile", "corp-process", "nodes"],
                ["--aws-profile", "shy", "nodes"],
                ["--aws-profile", "shy", "doctor"],
                ["doctor", "--json"],
                ["doctor", "--bundle", str(home / "report"), "--yes"],
            ):
                done = subprocess.run(
                    [*WIDE_OPEN, *options, *command], env=environment, cwd=home, capture_output=True, timeout=100
                )
                printed += (done.stdout + done.stderr).decode()
    brought = codes.read_text().splitlines()
    assert len(brought) == 2, "both pages have led back"
    found |= {f"code {number}": back.partition("code=")[2].partition("&")[0] for number, back in enumerate(brought)}
    assert {"accessToken", "refreshToken", "clientSecret", "SecretAccessKey", "SessionToken", "dpopKey"} <= {
        name.rpartition(" ")[0] for name in found
    }
    assert printed.count("The credential_process of the AWS profile shy failed") >= 2
    planted = {**found, **canary, "complaint": long[-200:]}

    caches = home / ".aws"
    files = [path for path in home.rglob("*") if path.is_file() and caches not in path.parents and path != config]
    assert {log, home / "report"} <= set(files)
    texts = {str(path): path.read_bytes() for path in files} | {"what was printed": printed.encode()}
    commands = {f"the command {command}": command.encode() for command in witness.seen}
    environments = {f"the environment of {command}": b"".join(seen) for command, seen in witness.seen.items()}
    leaks = [
        f"{name} in {place}"
        for name, secret in planted.items()
        for place, text in {**texts, **commands, **environments}.items()
        # A proxy's password is in the person's own environment, and so in that of all that is started.
        if not (name == "proxy" and place in environments)
        for spelling in spellings(secret)
        if spelling in text
    ]
    assert leaks == []
    ours = [path.read_text(errors="replace") for path in files if "ssmtui" in str(path.relative_to(home))]
    for code in (typed, in_dialog):
        assert not re.search(rf"(?<![\d.]){code}(?!\d)", "".join([printed, *ours]))
    made = [caches, *caches.rglob("*"), home / "report", log]
    assert len(made) > 8
    open_to_others = [f"{stat.filemode(path.stat().st_mode)} {path}" for path in made if path.stat().st_mode & 0o077]
    assert open_to_others == []


def kept(home: Path) -> dict[str, str]:
    """The secrets in the AWS CLI's files, each with a name of its own."""
    found = {}
    for file in (home / ".aws").rglob("*.json"):
        for name, secret in secrets_in(json.loads(file.read_text())):
            found[f"{name} {secret[-6:]}"] = secret
    return found


def test_links_that_somebody_has_planted_lead_to_nothing_that_is_written(
    environment: dict[str, str], home: Path, lab: LabThread, tmp_path: Path
) -> None:
    with PtyApp(["--open", "name:=web-1"], environment) as app:
        app.wait_for_text(PROMPT)
        app.send("exit\r")
        app.wait_for_text("exited")
        os.kill(app.pid, 15)
        app.wait_for_exit()
    victims = tmp_path / "victims"
    victims.mkdir()
    places = [home / ".local/state/ssmtui", home / ".cache/ssmtui"]
    own = [path for place in places for path in place.rglob("*") if path.is_file() and not path.is_symlink()]
    names = {path.name for path in own}
    assert {"memory.json", "workspaces.json", "journal.jsonl"} <= names
    for number, path in enumerate(own):
        victim = victims / f"{number}-{path.name}"
        victim.write_bytes(path.read_bytes())  # what would be taken for one of ours, were it read
        path.unlink()
        path.symlink_to(victim)
    log = home / "ssmtui.log"
    (victims / "log").write_text("untouched\n")
    log.symlink_to(victims / "log")
    before = {path: path.read_bytes() for path in victims.iterdir()}

    refused = subprocess.run(
        [*PROGRAM, "--log-file", str(log), "nodes"],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=40,
    )
    assert refused.returncode == 253, refused.stderr
    with PtyApp(["--open", "name:=web-1"], environment) as app:
        app.wait_for_text(PROMPT)
        os.kill(app.pid, 15)
        app.wait_for_exit()
    assert {path: path.read_bytes() for path in victims.iterdir()} == before
