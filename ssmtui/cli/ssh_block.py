"""The lines of ssh_config(5) that send hosts through Session Manager, and their place among a person's own. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ssmtui.errors import ConfigurationError

BEGIN = "# >>> ssmtui ssh-config >>>"
END = "# <<< ssmtui ssh-config <<<"
HOSTS = ("i-*", "mi-*", "*.ssm")
"""Ids of nodes, as AWS's own documentation has them, and names, which need something that DNS does not know."""

_NEVER, _NEVER_ON_WINDOWS = "'", "&|<>^ "
"""Characters of a host or a user that end the word which it is put into, and let a shell run the rest. OpenSSH before
9.6 refuses none of them (CVE-2023-51385), and no version does in a HostName."""

_BLOCK = re.compile(
    rf"(?P<before>\r?\n)?^{re.escape(BEGIN)}[^\n]*\n(?P<lines>.*?)^{re.escape(END)}[^\n]*(?:\n|\Z)", re.M | re.S
)
_BEGINS = re.compile(rf"^{re.escape(BEGIN)}", re.M)


class SshHosts(NamedTuple):
    """What the block says."""

    command: Sequence[str]
    """The program, and its options in front of the verb."""
    user: str = ""
    """Who logs in; empty: the user that ssh chooses."""
    identities: Sequence[Path] = ()
    """Private keys; with :attr:`instance_connect` the only ones that are tried."""
    key: Path | None = None
    """The private key whose public one goes to EC2 Instance Connect; None: one that the program makes."""
    instance_connect: bool = False
    windows: bool = False
    """Whether cmd.exe reads the command, and not a POSIX shell."""

    @property
    def text(self) -> str:
        """The block, with its marks, and line ends of a line feed."""
        settings = [f"    ProxyCommand {self._proxy}"]
        refused = [f"!*{one}*" for one in self._never]
        hosts, patterns = " ".join([*HOSTS, *(f'"{one}"' for one in refused)]), ",".join([*HOSTS, *refused])
        if self.user:
            settings.append(f"    User {self.user}")
        settings += [f"    IdentityFile {_argument(str(one))}" for one in self.identities]
        if self.instance_connect:
            # The keys of an agent come first otherwise, and a server closes after a few.
            settings.append("    IdentitiesOnly yes")
        return "\n".join(
            [
                BEGIN,
                "# Hosts that are reached through AWS Session Manager: ids of nodes, and names with .ssm behind them.",
                "# Written by `ssmtui ssh-config --install`; what is changed here is lost with the next one.",
                self._of_users(f'Match originalhost "{patterns}"') if self.instance_connect else f"Host {hosts}",
                *settings,
                "# The same for hosts whose HostName is one of these.",
                self._of_users(f'Match host "{patterns}"'),
                *settings,
                END,
                "",
            ]
        )

    @property
    def _never(self) -> str:
        return _NEVER_ON_WINDOWS if self.windows else _NEVER

    def _of_users(self, match: str) -> str:
        """``match``, but for users that cannot be put into the command, where they are."""
        if not self.instance_connect:
            return match
        return f'{match} !user "{",".join(f"*{one}*" for one in self._never)}"'

    @property
    def _proxy(self) -> str:
        words = [_word(word, windows=self.windows) for word in [*self.command, "proxy"]]
        if self.instance_connect:
            words += ["--instance-connect", self._token("%r")]
            if self.key is not None:
                words += ["--key", _word(str(self.key), windows=self.windows)]
        return " ".join([*words, self._token("%h"), "%p"])

    def _token(self, token: str) -> str:
        # ssh puts in what it was given, which may come from a file of somebody else's: a URL, a submodule of Git. What
        # would end the quotes is no host of ours.
        return token if self.windows else f"'{token}'"


def _word(word: str, *, windows: bool) -> str:
    """A word of a command; ssh reads percent signs itself."""
    quoted = f'"{word}"' if windows and re.search(r"[\s&()^]", word) else word if windows else shlex.quote(word)
    return quoted.replace("%", "%%")


def _argument(text: str) -> str:
    """An argument of ssh_config(5), where percent signs are read as well."""
    text = text.replace("%", "%%")
    return f'"{text}"' if re.search(r"\s", text) else text


def installed(text: str, block: str) -> str:
    """``text`` of a file with ``block`` in the place of the one that it has, else behind everything: what is said first
    counts for ssh, and the person's own lines come first.

    Raises :class:`ssmtui.errors.ConfigurationError` where a block has no end.
    """
    _check(text)
    block = block.replace("\n", "\r\n") if "\r\n" in text else block
    found = _BLOCK.search(text)
    if found is not None:
        before = found["before"] or ""
        return text[: found.start()] + before + block + text[found.end() :]
    if not text:
        return block
    # One line end: behind a whole line it makes an empty one, else it ends the last. Either way `removed` takes it away
    # again, and nothing else.
    return text + ("\r\n" if "\r\n" in text else "\n") + block


def removed(text: str) -> str:
    """``text`` without what :func:`installed` has put there. Raises :class:`ssmtui.errors.ConfigurationError` where a
    block has no end."""
    _check(text)
    return _BLOCK.sub("", text)


def has_block(text: str) -> bool:
    """Whether it is there."""
    return _BEGINS.search(text) is not None


def _check(text: str) -> None:
    for begin in _BEGINS.finditer(text):
        block = _BLOCK.match(text, begin.start())
        if block is None or BEGIN in block["lines"]:
            line = text.count("\n", 0, begin.start()) + 1
            raise ConfigurationError(
                f"line {line} begins what ssmtui has written, and its end is not there any more",
                remedy=f"Remove it by hand, from that line on, or put this line behind it: {END}",
            )
