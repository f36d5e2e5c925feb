"""The built-in shell of Windows nodes, and of every node where the lab's own machine has no pty.

It looks like a small PowerShell: it edits its line, knows a dozen commands and a toy disk, and touches nothing real.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Mapping

from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.toy_tree import Tree, look_up, resolve, spell
from ssmtui.model import TerminalSize

_BANNER = "Windows PowerShell\r\nCopyright (C) Microsoft Corporation. All rights reserved.\r\n\r\n"
_HELP = "cat cd cls dir echo exit help hostname ls mode pwd systeminfo type whoami"


class Interpreter:
    """Runs one command line at a time. Lines of output end in CR LF."""

    def __init__(self, node: LabNode) -> None:
        self._node = node
        self._here: tuple[str, ...] = ("Windows", "System32")
        self.size = TerminalSize(200, 60)
        self.exited = False
        self._commands: Mapping[str, Callable[[list[str]], str]] = {
            "cat": self._type,
            "cd": self._cd,
            "cls": lambda words: "\x1b[2J\x1b[H",
            "dir": self._dir,
            "echo": lambda words: _line(" ".join(words)),
            "exit": self._exit,
            "help": lambda words: _line(_HELP),
            "hostname": lambda words: _line(node.name),
            "ls": self._dir,
            "mode": lambda words: _line(f"Columns: {self.size.cols}") + _line(f"Lines: {self.size.rows}"),
            "pwd": lambda words: _line(spell(self._here)),
            "systeminfo": self._systeminfo,
            "type": self._type,
            "whoami": lambda words: _line(f"{node.name}\\ssm-user"),
        }

    @property
    def prompt(self) -> str:
        """What stands before the next line."""
        return f"PS {spell(self._here)}> "

    def run(self, line: str) -> tuple[str, int]:
        """The output and the exit code of ``line``."""
        words = _split(line)
        if not words:
            return "", 0
        command = self._commands.get(words[0].lower())
        if command is None:
            return _line(f"{words[0]}: The term '{words[0]}' is not recognized as the name of a cmdlet. Try 'help'."), 1
        try:
            return command(words[1:]), 0
        except FileNotFoundError as error:
            return _line(f"Cannot find path '{error}' because it does not exist."), 1

    def _exit(self, words: list[str]) -> str:
        self.exited = True
        return ""

    def _systeminfo(self, words: list[str]) -> str:
        facts = {
            "Host Name": self._node.name,
            "OS Name": self._node.system.name,
            "OS Version": self._node.system.version,
        }
        return "".join(_line(f"{name + ':':<16}{value}") for name, value in facts.items())

    def _cd(self, words: list[str]) -> str:
        place, found = self._find(" ".join(words) or "\\")
        if isinstance(found, str):
            raise FileNotFoundError(spell(place))
        self._here = place
        return ""

    def _dir(self, words: list[str]) -> str:
        place, found = self._find(" ".join(words) or ".")
        if isinstance(found, str):
            return _entry(place[-1], found)
        listing = "".join(_entry(name, inner) for name, inner in found.items())
        return _line("") + _line(f"    Directory: {spell(place)}") + _line("") + listing + _line("")

    def _type(self, words: list[str]) -> str:
        place, found = self._find(" ".join(words))
        if not isinstance(found, str):
            raise FileNotFoundError(spell(place))
        return found.replace("\n", "\r\n")

    def _find(self, path: str) -> tuple[tuple[str, ...], Tree | str]:
        place = resolve(self._here, path)
        found = look_up(place)
        if found is None:
            raise FileNotFoundError(spell(place))
        return found


class ToyShell:
    """The interpreter on a terminal that it plays itself: echo, backspace, Ctrl-C, a prompt."""

    def __init__(self, interpreter: Interpreter, command: str | None = None) -> None:
        self._interpreter = interpreter
        self._printed = bytearray()
        self._stirred = asyncio.Event()
        self._line = ""
        self._ended = False
        if command is None:
            self._print(_BANNER + interpreter.prompt)
        else:
            self._print(interpreter.run(command)[0])
            self._end()

    async def read(self, limit: int) -> bytes:
        """What was printed; empty at the end."""
        while not self._printed and not self._ended:
            self._stirred.clear()
            await self._stirred.wait()
        chunk = bytes(self._printed[:limit])
        del self._printed[:limit]
        return chunk

    def write(self, data: bytes) -> None:
        """Type ``data``: printable text, Enter, Backspace and Ctrl-C; other keys mean nothing."""
        for key in data.decode(errors="ignore").replace("\r\n", "\r"):
            if not self._ended:
                self._press(key)

    async def drained(self) -> None:
        """It takes all that is typed at once."""

    def resize(self, size: TerminalSize) -> None:
        """Remember the size, for ``mode``."""
        self._interpreter.size = size

    async def kill(self) -> None:
        """End it."""
        self._end()

    def kill_now(self) -> None:
        """End it."""
        self._end()

    def _press(self, key: str) -> None:
        if key in "\r\n":
            self._enter()
        elif key in "\b\x7f":
            self._print("\b \b" if self._line else "")
            self._line = self._line[:-1]
        elif key == "\x03":
            self._line = ""
            self._print("^C\r\n" + self._interpreter.prompt)
        elif key.isprintable():
            self._line += key
            self._print(key)

    def _enter(self) -> None:
        output, _ = self._interpreter.run(self._line)
        self._line = ""
        self._print("\r\n" + output)
        if self._interpreter.exited:
            self._end()
        else:
            self._print(self._interpreter.prompt)

    def _print(self, text: str) -> None:
        self._printed += text.encode()
        self._stirred.set()

    def _end(self) -> None:
        self._ended = True
        self._stirred.set()


def _line(text: str) -> str:
    return text + "\r\n"


def _entry(name: str, found: Tree | str) -> str:
    mode, length = ("-a----", str(len(found))) if isinstance(found, str) else ("d-----", "")
    return _line(f"{mode}  2025-03-14  09:26 {length:>10} {name}")


def _split(line: str) -> list[str]:
    """The words of a command line; a backslash is a letter, as on Windows. An unpaired quote is taken as it stands."""
    words = shlex.shlex(line, posix=True, punctuation_chars=False)
    words.whitespace_split, words.escape, words.commenters = True, "", ""
    try:
        return list(words)
    except ValueError:
        return line.split()
