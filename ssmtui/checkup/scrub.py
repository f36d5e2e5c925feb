"""Takes out of a text what says whose it is: accounts, names, hosts, addresses, ids, anything that looks like a secret.
The same thing is replaced by the same word throughout, so that who reads it can still follow. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address

from ssmtui.config.logs import redact
from ssmtui.transport.policy import AWS_SUFFIXES

MOST_NAMES = 5_000
"""Names that are looked for at most; the longest come first."""
KEPT_NAMES = frozenset(
    {
        "default", "aws", "ssm", "ssmtui", "sts", "ec2", "kms", "none", "all", "root", "profile", "region", "account",
        "credentials", "config", "environment", "machine", "keys", "role", "sso", "login", "process", "session", "node",
        "network", "files", "terminal", "permissions", "name", "user", "the", "and", "for", "not", "are", "was", "has",
    }
)  # fmt: skip
"""Words that stand in every report: as a name of somebody's they say nothing."""
_KEPT_ADDRESSES = frozenset({"127.0.0.1", "::1", "0.0.0.0", "::", "169.254.169.254", "169.254.170.2"})  # noqa: S104  # text
_AWS_HOST = re.compile(rf"(?:^|\.)(?:{'|'.join(map(re.escape, sorted(AWS_SUFFIXES)))})$", re.IGNORECASE)
_KEPT_HOST = re.compile(
    r"^(?:localhost|docs\.aws\.amazon\.com|(?:[a-z]{2}(?:-[a-z]+)+-\d\.)?signin\.aws\.amazon\.com)$", re.IGNORECASE
)
_TOP = (
    "com|net|org|io|dev|cloud|corp|internal|intern|local|lan|home|localdomain|example|test|invalid|edu|gov|de|eu|uk|fr|ch"
    "|at|us|co|ai|me|tech|systems|company|network|global|group|int|mil|nl|se|dk|fi|pl|it|es|pt|be|ie|cz|jp|kr|cn|br|au|ca|nz"
    "|ru|xyz|site|online|solutions|software|digital|cc|tv"
)

_ARN = re.compile(
    r"arn:(?P<partition>aws[\w-]*):(?P<service>[\w-]*):(?P<region>[\w-]*):(?P<account>\d*):(?P<rest>[^\s,;\"'()\]}]+)"
)
_URL = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)(?:[^\s/@\"']*@)?(?P<host>\[[0-9a-fA-F:.]+\]|[\w.-]+)(?P<rest>[^\s\"',;)]*)"
)
_HOST = re.compile(rf"(?<![\w.@/-])(?:[a-zA-Z0-9](?:[\w-]*[a-zA-Z0-9])?\.)+(?:{_TOP})\b(?![\w-]|\.\w)", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"(?<![\w.@/:-])(?P<host>[a-zA-Z][\w-]*(?:\.[\w-]+)*):(?P<port>\d{2,5})\b(?![\w.:])")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_ACCOUNT = re.compile(r"(?<![\d.])\d{12}(?!\d)|(?<![\d-])\d{4}-\d{4}-\d{4}(?![\d-])")
_UNIQUE = re.compile(r"\b(?:AROA|AIDA|AGPA|AIPA|ANPA|ANVA|ASCA|APKA)[A-Z0-9]{12,}(?::[\w+=@-]+(?:[.,][\w+=@-]+)*)?")
"""Ids of roles, users and the like (IAM's "unique identifiers"), a role's with the name of its session."""
_DIRECTORY = re.compile(r"\b(?P<kind>d|o|ou|r|ssoins)-(?=[0-9a-z-]*\d)[0-9a-z]{10,32}\b")
_EC2_NAME = re.compile(r"\b(?:ec2|ip)-\d{1,3}(?:-\d{1,3}){3}(?=\.)")
_ID = re.compile(
    r"\b(?P<kind>i|mi|vpc|vpce|vpce-svc|subnet|sg|eni|ami|vol|oi|sir|rtb|igw|lt)-(?=[0-9a-z]*\d)[0-9a-z]{8,32}\b"
)
_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_SESSION = re.compile(r"(?<![\w/])[\w+=,.@-]{1,64}-(?:[a-z2-7]{26}|0[0-9a-f]{16})\b")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
_HOMES = re.compile(r"(?P<home>/home/|/Users/|[A-Z]:\\Users\\)(?P<user>[^/\\\s\"':;,]+(?: [^/\\\"':;,]{1,40}(?=\\))?)")
_OPAQUE = re.compile(r"(?<![\w+/=-])(?=[\w+=-]*\d)(?=[\w+=-]*[a-zA-Z])[A-Za-z0-9+=_-]{32,}(?![\w+/=-])")
REDACTED = "[redacted]"


class Scrubber:
    """One report's. What it has replaced stays replaced in the same way."""

    def __init__(self, names: Mapping[str, Iterable[str]], home: str = "") -> None:
        """``names`` are known ones by kind (``profile``, ``node``), to be found wherever they stand as words; ``home``
        is the person's home directory."""
        self._home = home.rstrip("/\\")
        self._words: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}
        self._kinds: dict[str, str] = {}
        for kind, known in names.items():
            for name in known:
                if len(name) > 1 and name.casefold() not in KEPT_NAMES and not name.isdecimal():
                    self._kinds.setdefault(name.casefold(), kind)
        longest = sorted(self._kinds, key=len, reverse=True)[:MOST_NAMES]
        self._names = (
            re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest))})(?![\w-])", re.IGNORECASE)
            if longest
            else None
        )

    def __call__(self, text: str) -> str:
        """``text``, a line or several, without what says whose it is."""
        text = redact(text)
        if self._home:
            text = re.sub(rf"{re.escape(self._home)}(?![\w-]|\.\w)", "~", text)
        text = _ARN.sub(self._arn, text)
        text = _URL.sub(self._url, text)
        text = _MAIL.sub(lambda found: self._word("mail", found[0]) + "@mail.example", text)
        text = _UUID.sub(lambda found: self._word("uuid", found[0]), text)
        text = _ID.sub(lambda found: self._word(found["kind"], found[0]), text)
        text = _DIRECTORY.sub(lambda found: self._word(found["kind"], found[0]), text)
        text = _UNIQUE.sub(lambda found: self._word("id", found[0]), text)
        text = _SESSION.sub(lambda found: self._word("session", found[0]), text)
        text = _HOMES.sub(lambda found: found["home"] + self._word("user", found["user"]), text)
        if self._names is not None:
            text = self._names.sub(self._name, text)
        text = _HOST.sub(lambda found: self._host(found[0]), text)
        text = _HOST_AND_PORT.sub(lambda found: f"{self._host(found['host'])}:{found['port']}", text)
        text = _IPV4.sub(self._address, text)
        text = _IPV6.sub(self._address, text)
        text = _ACCOUNT.sub(lambda found: self._word("account", found[0]), text)
        return _OPAQUE.sub(REDACTED, text)

    def _word(self, kind: str, found: str) -> str:
        key = kind, found.casefold()
        word = self._words.get(key)
        if word is None:
            number = self._counts[kind] = self._counts.get(kind, 0) + 1
            word = self._words[key] = f"{kind}-{number}"
        return word

    def _name(self, found: re.Match[str]) -> str:
        return self._word(self._kinds[found[0].casefold()], found[0])

    def _arn(self, found: re.Match[str]) -> str:
        """Partition, service, region and the type of the resource say nothing of anybody."""
        account = self._word("account", found["account"]) if found["account"] not in ("", "aws") else found["account"]
        rest = found["rest"]
        end = "." if rest.endswith(".") else ""
        kind, slash, name = rest.removesuffix(".").partition("/")
        parts = [kind if slash else self._part(kind), *(self._part(part) for part in name.split("/") if slash)]
        region = found["region"]
        return f"arn:{found['partition']}:{found['service']}:{region}:{account}:{'/'.join(parts)}{end}"

    def _part(self, part: str) -> str:
        """One part of a resource; wildcards and the documents that AWS owns stay."""
        if part in ("", "*") or part.startswith(("AWS-", "SSM-")):
            return part
        if _ID.fullmatch(part):
            return self._word(part.partition("-")[0], part)
        return self._word(self._kinds.get(part.casefold(), "name"), part)

    def _url(self, found: re.Match[str]) -> str:
        host = found["host"]
        shown = host if host.startswith("[") or _is_number(host) else self._host(host)
        rest = found["rest"]
        # Paths and queries of AWS's and of everybody's addresses may hold ids and names: only the port stays.
        port = re.match(r":\d+", rest)
        kept = port[0] if port is not None else ""
        return f"{found['scheme']}{shown}{kept}{'/…' if len(rest) > len(kept) + 1 else ''}"

    def _host(self, host: str) -> str:
        if _KEPT_HOST.fullmatch(host):
            return host
        if _AWS_HOST.search(host):
            # An interface endpoint's own label is of one account.
            host = re.sub(r"\bvpce-[\w-]+", lambda found: self._word("vpce", found[0]), host)
            return _EC2_NAME.sub(lambda found: self._word("address", found[0]), host)
        return f"{self._word('host', host)}.example"

    def _address(self, found: re.Match[str]) -> str:
        try:
            address = ip_address(found[0])
        except ValueError:
            return found[0]
        if found[0] in _KEPT_ADDRESSES or address.is_loopback:
            return found[0]
        return self._word("private-address" if address.is_private else "address", found[0])


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
