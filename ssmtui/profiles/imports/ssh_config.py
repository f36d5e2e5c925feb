"""Hosts of ``~/.ssh/config`` that are reached through Systems Manager: what their ``ProxyCommand`` says is read."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ssmtui import inert
from ssmtui.documents import port_forwards
from ssmtui.profiles.imports.found import Candidate, Imported, LeftOut, aimed_at, is_id
from ssmtui.profiles.imports.ssh_blocks import Block, Blocks, ReadText, SshHost

SSH_DOCUMENTS = frozenset({"AWS-StartSSHSession", "AWS-StartPortForwardingSession"})
"""They carry ssh; a shell of Session Manager does without them."""

_IS_HELPER = re.compile(r"(?i)(?:^|[^a-z])ssm(?:[^a-z]|$)|session-?manager|ssm-?proxy|ssh-?ssm|ssm-?ssh")
_IS_MADE = re.compile(r"`|\$\(")
_ID_FIRST = re.compile(r"((?:mi|i)-[0-9a-f]{8,17})(?:[._-]+([a-z]{2}(?:-[a-z]+)+-\d))?(?:[._]+([\w+=,@-]+))?")
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_WINDOWS_PATH = re.compile(r"(?<![\w\\])[A-Za-z]:\\[^\s\"]*")
_MADE = re.compile(r"\$\([^()]*\)|`[^`]*`")
MAX_SHELLS = 4
"""Shells within each other that are looked into."""
_WRAPPERS = frozenset(
    {"exec", "env", "export", "set", "command", "nohup", "call", "{", "!", "if", "then", "else", "do", "time"}
)
"""What may stand before a command, or before assignments, and changes nothing of what they say."""
_VAULT_OPTIONS = frozenset({"--region", "-d", "--duration", "-t", "--mfa-token"})
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh"})
_PROFILE = ("--profile", "--aws-profile")
_REGION = ("--region",)


class Reached(NamedTuple):
    """What a proxy command says."""

    node: str
    """As the command takes it: an id, a name, an address."""
    aws_profile: str = ""
    region: str = ""
    document: str = ""
    unread: tuple[str, ...] = ()
    """What it says in a way that only a shell can read: ``AWS profile``, ``region``, ``reason``, ``parameters``."""
    reason: str = ""
    parameters: str = ""
    """Of a document of one's own, as the AWS CLI takes them."""


def read(file: Path, read_text: ReadText) -> Imported:
    """The hosts of ``file``, and of the files that it includes, that go through Systems Manager.

    Raises what reading ``file`` itself raises.
    """
    blocks = Blocks(file, read_text)
    left = list(blocks.left)
    found = [one for host in blocks.hosts() if (one := _found(host, left)) is not None]
    left += [told for block in blocks.blocks if (told := _whole_pattern(block)) is not None]
    return Imported(found, sorted(left, key=lambda one: (str(one.place.file), one.place.line)))


def _found(host: SshHost, left: list[LeftOut]) -> Candidate | None:
    command = host.values.get("proxycommand", "")
    if not command or command.lower() == "none" or not _through_ssm(command):
        return None
    host_name = host.values.get("hostname", host.alias).replace("%h", host.alias)
    reached = reached_by(command, host.alias, host_name, host.values)
    if reached is None:
        told = f"{inert.line(host.alias, 80)} is left out: which node it means is only known to its ProxyCommand"
        left.append(LeftOut(host.place, told))
        return None
    left += [
        LeftOut(
            host.place,
            f"{inert.line(host.alias, 80)}: its {name} {_verb(name)} not taken over: only its shell can read it",
        )
        for name in reached.unread
    ]
    left += [
        LeftOut(host.place, f"{inert.line(host.alias, 80)}: {keyword} {inert.line(rest, 60)} is not taken over")
        for keyword, rest in host.forwards
        if not _forward(keyword, rest)
    ]
    values: dict[str, Any] = dict(aimed_at(reached.node))
    if user := host.values.get("user"):
        values["description"] = f"as {inert.line(user, 80)} over ssh"
    given = {"aws_profile": reached.aws_profile, "region": reached.region, "document": reached.document}
    given["reason"] = reached.reason
    values |= {key: value.replace("${", "$${") for key, value in given.items() if value}
    if reached.parameters:
        parameters = _parameters(reached.parameters)
        if parameters is None:
            told = f"{inert.line(host.alias, 80)}: its parameters are not taken over: they cannot be read"
            left.append(LeftOut(host.place, told))
        else:
            values["parameters"] = parameters
    forwards = [one for each in host.forwards if (one := _forward(*each))]
    if forwards:
        values["forwards"] = forwards
    return Candidate(host.alias, values, host.place)


def _verb(name: str) -> str:
    return "are" if name == "parameters" else "is"


def reached_by(command: str, alias: str, host_name: str, values: Mapping[str, str]) -> Reached | None:
    """What ``command`` connects to for a host; None where that cannot be seen."""
    tokens = {"%%": "%", "%h": host_name, "%n": alias, "%p": values.get("port", "22"), "%r": values.get("user", "")}
    filled = re.sub(r"%[%hnpr]", lambda found: tokens[found[0]], command)
    commands = list(_commands(filled, {}))
    known = ((_of_known(words), variables) for words, variables in commands)
    helped = ((_of_helper(words, host_name), variables) for words, variables in commands)
    found = next(((one, variables) for one, variables in (*known, *helped) if one is not None), None)
    if found is None:
        return None
    reached, variables = found
    return _seen(
        reached._replace(
            aws_profile=reached.aws_profile or variables.get("AWS_PROFILE", ""),
            region=reached.region or variables.get("AWS_REGION", variables.get("AWS_DEFAULT_REGION", "")),
        ),
        host_name,
    )


def _through_ssm(command: str) -> bool:
    # In the text, not in the words: a command that is too odd to be split is reported too.
    if "start-session" in command:
        return True
    for words, _ in _commands(command, {}):
        names = [_name(word) for word in words]
        is_known = ("ssmtui" in names and "proxy" in words) or ("aws-gate" in names and "ssh-proxy" in words)
        if is_known or any(_IS_HELPER.search(name) for name in names[:4]):
            return True
    return False


def _commands(
    command: str, variables: Mapping[str, str], depth: int = 0
) -> Iterator[tuple[list[str], Mapping[str, str]]]:
    """The simple commands of ``command``, without the shells and wrappers around them, each with the variables that it
    sees: ``variables``, what was assigned or exported before it, and what stands before it on its own line or is set
    for it by ``aws-vault``."""
    exported = dict(variables)
    for words in _simple(command):
        own: dict[str, str] = {}
        words = _unwrapped(words, own)
        seen = exported | own
        if not words:
            exported = seen
            continue
        name = _name(words[0]).lower()
        within = None
        if name in _SHELLS:
            flag = next((at for at, word in enumerate(words) if re.fullmatch(r"-\w*c", word)), 0)
            within = words[flag + 1] if flag and flag + 1 < len(words) else None
        elif name in ("powershell", "pwsh"):
            within = " ".join(word for word in words[1:] if not word.startswith("-") or " " in word)
        elif name == "cmd" and len(words) > 2 and words[1].lower() in ("/c", "/k"):
            within = words[2] if len(words) == 3 else shlex.join(words[2:])
        if within is not None and depth < MAX_SHELLS:
            yield from _commands(within, seen, depth + 1)
        else:
            yield words, seen


def _simple(command: str) -> list[list[str]]:
    """The words of each command between ``;``, ``&``, ``&&``, ``|``, ``||``, parentheses and line ends."""
    # posix rules would eat the backslashes of C:\\..., and what a shell makes may have operators of its own.
    command = _WINDOWS_PATH.sub(lambda found: found[0].replace("\\", "/"), command)
    command = _MADE.sub("`made`", command)
    try:
        lexer = shlex.shlex(command, posix=True, punctuation_chars=";&|()")
        lexer.whitespace_split = True
        lexer.commenters = ""
        words = list(lexer)
    except ValueError:
        words = re.sub(r"([;&|()]+)", r" \1 ", command).split()
    commands: list[list[str]] = [[]]
    for word in words:
        if word and not set(word) - set(";&|()"):
            commands.append([])
        else:
            commands[-1].append(word)
    return [one for one in commands if one]


def _unwrapped(words: list[str], variables: dict[str, str]) -> list[str]:
    """``words`` without assignments, ``exec``, ``env`` and ``aws-vault exec NAME --`` before the command itself."""
    while words:
        name = _name(words[0]).lower()
        if assigned := _ASSIGNED.fullmatch(words[0]):
            variables[assigned[1]] = assigned[2]
            words = words[1:]
        elif name == "aws-vault" and words[1:2] == ["exec"]:
            end = words.index("--") if "--" in words else len(words)
            words, options = words[end + 1 :], words[2:end]
            if region := _option(options, "--region"):
                variables["AWS_REGION"] = region
            given = [word for at, word in enumerate(options) if not word.startswith("-") and _is_free(options, at)]
            if given:
                variables["AWS_PROFILE"] = given[0]
        elif name in _WRAPPERS:
            words = words[1:]
        else:
            return words
    return words


def _is_free(options: Sequence[str], at: int) -> bool:
    """Whether the word at ``at`` is not the value of the option before it."""
    return not at or options[at - 1] not in _VAULT_OPTIONS


def _name(word: str) -> str:
    return os.path.basename(word).removesuffix(".exe")


def _of_known(words: Sequence[str]) -> Reached | None:
    names = [_name(word) for word in words]
    return _of_aws(words) or _of_ssmtui(words, names) or _of_aws_gate(words, names)


def _of_aws(words: Sequence[str]) -> Reached | None:
    if "start-session" not in words:
        return None
    document = _option(words, "--document-name")
    return Reached(
        _option(words, "--target"),
        _option(words, *_PROFILE),
        _option(words, *_REGION),
        "" if document in SSH_DOCUMENTS else document,
        reason=_option(words, "--reason"),
        parameters="" if not document or document in SSH_DOCUMENTS else _option(words, "--parameters"),
    )


def _of_ssmtui(words: Sequence[str], names: Sequence[str]) -> Reached | None:
    if "ssmtui" not in names or "proxy" not in words:
        return None
    behind = [word for word in words[words.index("proxy") + 1 :] if not word.startswith("-")]
    return Reached(behind[0] if behind else "", _option(words, *_PROFILE), _option(words, *_REGION))


def _of_aws_gate(words: Sequence[str], names: Sequence[str]) -> Reached | None:
    if "aws-gate" not in names or "ssh-proxy" not in words:
        return None
    node = words[-1] if not words[-1].startswith("-") else ""
    return Reached(node, _option(words, "-p", *_PROFILE), _option(words, "-r", *_REGION))


def _of_helper(words: Sequence[str], host_name: str) -> Reached | None:
    """Scripts around it take the host as one of their arguments, ``%h``, or an id."""
    node = next((word for word in words[1:] if is_id(word)), "")
    if not node and not any(host_name in word for word in words[1:]):
        return None
    return Reached(node or host_name, _option(words, *_PROFILE), _option(words, *_REGION))


def _seen(reached: Reached, host_name: str) -> Reached | None:
    """What the shell makes is taken from the host's name, where that is ``ID.REGION`` or ``ID.REGION.PROFILE``."""
    named = _ID_FIRST.fullmatch(host_name)
    identity, region, aws_profile = (named[1], named[2] or "", named[3] or "") if named else ("", "", "")
    node = reached.node
    if not node or _IS_MADE.search(node) or not is_id(node):
        node = identity if identity and (not node or _IS_MADE.search(node) or node == host_name) else node
    if not node or _IS_MADE.search(node) or "%" in node or "$" in node:
        return None
    made = "$" in reached.region or "`" in reached.region, "$" in reached.aws_profile or "`" in reached.aws_profile
    is_reason_made, are_parameters_made = (bool(set(one) & set("$`")) for one in (reached.reason, reached.parameters))
    pairs = (
        ("region", made[0] and not region),
        ("AWS profile", made[1] and not aws_profile),
        ("reason", is_reason_made),
        ("parameters", are_parameters_made),
    )
    return reached._replace(
        node=node,
        unread=tuple(name for name, is_unread in pairs if is_unread),
        region=region if made[0] or not reached.region else reached.region,
        aws_profile=aws_profile if made[1] or not reached.aws_profile else reached.aws_profile,
        reason="" if is_reason_made else reached.reason,
        parameters="" if are_parameters_made else reached.parameters,
    )


def _option(words: Sequence[str], *names: str) -> str:
    for number, word in enumerate(words):
        if word in names and number + 1 < len(words):
            return words[number + 1]
        name, equals, value = word.partition("=")
        if equals and name in names:
            return value
    return ""


def _parameters(text: str) -> dict[str, list[str]] | None:
    """``--parameters`` as the AWS CLI takes them, a JSON object or ``name=value,value,name=value``; None where they are
    neither, or in a file."""
    if text.lstrip().startswith("{"):
        try:
            given = json.loads(text)
        except (ValueError, RecursionError):
            return None
        lists = {name: [value] if isinstance(value, str) else value for name, value in given.items()}
        is_known = all(isinstance(one, list) and all(isinstance(each, str) for each in one) for one in lists.values())
        return lists if is_known else None
    found: dict[str, list[str]] = {}
    values: list[str] | None = None
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if equals and re.fullmatch(r"[A-Za-z][\w.-]*", name):
            values = found.setdefault(name, [])
            part = value
        # Its quotes, lists and file:// have rules of their own in the AWS CLI.
        if values is None or not part or set(part) & set("[]{}\"'\\") or "://" in part:
            return None
        values.append(part)
    return found


def _forward(keyword: str, rest: str) -> str:
    """``LocalForward 5432 db:5432`` or ``DynamicForward 1080`` as ssmtui writes it; empty for what it cannot forward
    (sockets)."""
    match keyword, rest.split():
        case "DynamicForward", [local]:
            text = f"socks:{_listened(local)}"
        case "LocalForward", [local, remote]:
            text = f"{_listened(local)}:{remote}"
        case _:
            return ""
    try:
        return port_forwards.parse(text).text
    except ValueError:
        return ""


def _listened(local: str) -> str:
    """``[BIND:]PORT`` as ssh_config(5) has it: an empty address stands for all, as ``*`` does."""
    return f"*{local}" if local.startswith(":") else local


def _whole_pattern(block: Block) -> LeftOut | None:
    """A pattern that stands for any node is no connection of its own."""
    command = next((rest for keyword, rest, _ in block.directives if keyword == "proxycommand"), "")
    if block.never or any(block.aliases) or not _through_ssm(command):
        return None
    return LeftOut(block.place, f"Host {inert.line(' '.join(block.patterns), 60)} names no host by itself")
