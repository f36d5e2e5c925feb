"""The lab's documents as GetDocument returns them, parsed: AWS's session documents in words of our own, the account's
preferences, a few documents of the made-up company, and one Command document that must not be taken for a session.

Data only. Names, parameters, defaults and patterns of the AWS documents are those of protocol.md section 6.5.
"""

from __future__ import annotations

from collections.abc import Mapping

from ssmtui.model import DEFAULT_SHELL

PORT_PATTERN = "^([1-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$"
LOCAL_PORT_PATTERN = PORT_PATTERN.replace("[1-9]|", "[0-9]|", 1)

SESSION_KEY = "alias/lab-sessions"
"""What documents call the lab's one KMS key."""

_EVERYWHERE = ("linux", "macos", "windows")


def _session(description: str, session_type: str, **rest: object) -> Mapping[str, object]:
    return {"schemaVersion": "1.0", "description": description, "sessionType": session_type, **rest}


def _string(description: str, **rest: object) -> Mapping[str, object]:
    return {"type": "String", "description": description, **rest}


def _commands(text: str, *platforms: str, **rest: object) -> Mapping[str, object]:
    return {platform: {"commands": text, "runAsElevated": False, **rest} for platform in platforms}


def _port(default: str) -> Mapping[str, object]:
    return _string("Port of the service on the node", default=default, allowedPattern=PORT_PATTERN)


_LOCAL_PORT = _string("Local port; 0 takes a free one", default="0", allowedPattern=LOCAL_PORT_PATTERN)
_PREFIX_PATTERN = r"^[0-9a-zA-Z\r\n_:-]{0,30}$"

AMAZON: Mapping[str, Mapping[str, object]] = {
    "AWS-PasswordReset": _session(
        "Set a new password for one local account",
        "InteractiveCommands",
        parameters={"username": _string("The account", allowedPattern=r"^[a-zA-Z0-9._-]{1,63}$")},
        properties={
            "linux": {"commands": "passwd {{ username }}", "runAsElevated": True},
            "windows": {"commands": "net user {{ username }} *", "runAsElevated": True},
            "macos": {"commands": "passwd {{ username }}", "runAsElevated": True},
        },
    ),
    "AWS-StartInteractiveCommand": _session(
        "Run one command with a terminal",
        "InteractiveCommands",
        parameters={"command": _string("The command line", displayType="textarea")},
        properties=_commands("{{ command }}", *_EVERYWHERE),
    ),
    "AWS-StartNonInteractiveCommand": _session(
        "Run one command without a terminal",
        "NonInteractiveCommands",
        parameters={
            "command": _string("The command line"),
            "separateOutputStream": _string(
                "Keep standard error apart and report the exit code", default="false", allowedValues=["true", "false"]
            ),
            "stdoutSeparatorPrefix": _string("Before each line of output", default="", allowedPattern=_PREFIX_PATTERN),
            "stderrSeparatorPrefix": _string("Before each line of errors", default="", allowedPattern=_PREFIX_PATTERN),
        },
        properties=_commands(
            "{{ command }}",
            *_EVERYWHERE,
            separateOutputStream="{{ separateOutputStream }}",
            stdOutSeparatorPrefix="{{ stdoutSeparatorPrefix }}",
            stdErrSeparatorPrefix="{{ stderrSeparatorPrefix }}",
        ),
    ),
    "AWS-StartPortForwardingSession": _session(
        "Forward a local port to a port of the node",
        "Port",
        parameters={"portNumber": _port("80"), "localPortNumber": _LOCAL_PORT},
        properties={
            "portNumber": "{{ portNumber }}",
            "type": "LocalPortForwarding",
            "localPortNumber": "{{ localPortNumber }}",
        },
    ),
    "AWS-StartPortForwardingSessionToRemoteHost": _session(
        "Forward a local port to a host that the node can reach",
        "Port",
        parameters={
            "host": _string("Name or address of the host", allowedPattern=r"^[^,$^&\(\)!;'\"<>\`{}\[\]\|#=]{3,}$"),
            "portNumber": _port("80"),
            "localPortNumber": _LOCAL_PORT,
        },
        properties={
            "portNumber": "{{ portNumber }}",
            "type": "LocalPortForwarding",
            "localPortNumber": "{{ localPortNumber }}",
            "host": "{{ host }}",
        },
    ),
    "AWS-StartSSHSession": _session(
        "Carry an SSH connection over standard input and output",
        "Port",
        parameters={"portNumber": _port("22")},
        properties={"portNumber": "{{ portNumber }}"},
    ),
    "AWS-RunShellScript": {
        "schemaVersion": "1.2",
        "description": "Run a script on many nodes",
        "parameters": {"commands": {"type": "StringList", "description": "The script's lines"}},
        "runtimeConfig": {"aws:runShellScript": {"properties": [{"id": "0.aws:runShellScript"}]}},
    },
}

OWN: Mapping[str, Mapping[str, object]] = {
    DEFAULT_SHELL: _session(
        "Session Manager preferences of the account",
        "Standard_Stream",
        inputs={
            "s3BucketName": "",
            "s3KeyPrefix": "",
            "s3EncryptionEnabled": True,
            "cloudWatchLogGroupName": "",
            "cloudWatchEncryptionEnabled": True,
            "cloudWatchStreamingEnabled": False,
            "kmsKeyId": "",
            "runAsEnabled": False,
            "runAsDefaultUser": "",
            "idleSessionTimeout": "20",
            "maxSessionDuration": "480",
            "shellProfile": {"windows": "", "linux": ""},
        },
    ),
    "Ops-AuditedScript": _session(
        "Run a few lines as the deploy user, encrypted and logged",
        "InteractiveCommands",
        inputs={
            "s3BucketName": "acme-session-logs",
            "s3KeyPrefix": "scripts",
            "s3EncryptionEnabled": True,
            "cloudWatchLogGroupName": "/acme/sessions",
            "cloudWatchEncryptionEnabled": True,
            "cloudWatchStreamingEnabled": False,
            "kmsKeyId": SESSION_KEY,
            "runAsEnabled": True,
            "runAsDefaultUser": "deploy",
            "idleSessionTimeout": "10",
            "maxSessionDuration": "60",
        },
        parameters={
            "script": _string("The lines", displayType="textarea", minChars=2, maxChars=4000),
            "ticket": _string("What it is done for", allowedPattern="^[[:upper:]]{2,8}-[0-9]{1,6}$", maxChars=15),
            "shell": _string("What reads them", default="sh", allowedValues=["sh", "bash"]),
            "dryRun": _string("Only say what would be done", default="false", allowedValues=["true", "false"]),
        },
        properties=_commands(
            "echo '{{ ticket }}: dry run {{ dryRun }}'; test {{ dryRun }} = true || {{ shell }} -c '{{ script }}'",
            "linux",
        ),
    ),
    "Ops-DiskUsage": _session(
        "Where the space went, largest first",
        "NonInteractiveCommands",
        parameters={
            "path": _string("Directory to look at", default="/var/log", allowedPattern="^/[A-Za-z0-9/._-]{0,200}$"),
            "depth": _string("How deep to look", default="1", allowedValues=["0", "1", "2", "3"]),
        },
        properties=_commands(
            "sh -c 'du -xh --max-depth={{ depth }} {{ path }} 2>/dev/null | sort -rh | head -20'",
            "linux",
            separateOutputStream=True,
        ),
    ),
    "Ops-EncryptedShell": _session(
        "A shell that a KMS key encrypts all the way to the node",
        "Standard_Stream",
        inputs={"kmsKeyId": SESSION_KEY, "idleSessionTimeout": "20"},
    ),
    "Ops-OrdersDatabase": _session(
        "the orders database and nothing else",
        "Port",
        parameters={},
        properties={
            "host": "orders.internal",
            "portNumber": "5432",
            "localPortNumber": "15433",
            "type": "LocalPortForwarding",
        },
    ),
    "Ops-SystemReport": _session(
        "One page about the node: uptime, memory, disks",
        "InteractiveCommands",
        inputs={"idleSessionTimeout": "5"},
        properties={
            **_commands("uptime; echo; free -h; echo; df -h", "linux"),
            **_commands("uptime; echo; vm_stat; echo; df -h", "macos"),
        },
    ),
    "Ops-TailUnit": _session(
        "Tail one unit's journal",
        "InteractiveCommands",
        inputs={"runAsEnabled": False, "idleSessionTimeout": "20", "maxSessionDuration": "60"},
        parameters={
            "unit": _string("systemd unit", allowedPattern="^[A-Za-z0-9@._-]{1,80}$"),
            "lines": _string("Lines of history to begin with", default="100", allowedValues=["10", "100", "1000"]),
        },
        properties=_commands("journalctl -n {{ lines }} -fu {{ unit }}", "linux"),
    ),
    "Ops-WatchHosts": _session(
        "Ping a list of hosts in turn, until interrupted",
        "InteractiveCommands",
        parameters={
            "hosts": {
                "type": "StringList",
                "description": "Hosts to ping, one per line",
                "default": ["localhost"],
                "allowedPattern": "^[A-Za-z0-9.-]{1,120}$",
                "minItems": 1,
                "maxItems": 10,
            },
            "pause": _string("Seconds between two rounds", default="5", allowedPattern="^[0-9]+$", maxChars=3),
        },
        properties=_commands(
            "while :; do for host in $(echo '{{ hosts }}' | tr -d '[]\",'); do ping -c 1 $host | head -2; done; "
            "sleep {{ pause }}; done",
            "linux",
            "macos",
        ),
    ),
}
