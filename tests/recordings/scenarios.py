"""What is done with each program while it is recorded: keys and sizes, with a mark after each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ssmtui.model import TerminalSize

SIZES = (TerminalSize(80, 24), TerminalSize(120, 40))
UP, PAGE_DOWN, ESC = "\x1b[A", "\x1b[6~", "\x1b"
DOWN = "\x1bOB"
"""As xterm sends it to programs that ask for the application's cursor keys."""

COLOURS = r"for i in $(seq 0 255); do printf '\e[48;5;%dm%4d\e[m' $i $i; done; echo"
RENDITIONS = r"\e[1mbold\e[m \e[2mfaint\e[m \e[3mitalic\e[m \e[4:3mcurly\e[m \e[9;7mrev\e[m \e[4;58;5;9mred line\e[m\n"


class Step(NamedTuple):
    """What is typed, or the size that the terminal gets; empty waits for the program. No mark without a label."""

    label: str
    does: str | tuple[int, int] = ""


@dataclass(frozen=True)
class Scenario:
    """One program, and what is done with it at each size."""

    name: str
    command: list[str]
    steps: Callable[[int, int], list[Step]]
    sizes: tuple[TerminalSize, ...] = ()
    """Empty for all."""


def _bash(cols: int, rows: int) -> list[Step]:
    return [
        Step("prompt"),
        Step("listing", "ls -l --color=always --time-style=+%F . src docs\r"),
        Step("wide", "head -n 20 docs/notes.md\r"),
        Step("long line", "echo " + "word " * 40),
        Step("edit it", "\x01\x1bf\x1bfX\x05Y\x17\x17"),
        Step("narrower", (cols - 20, rows - 4)),
        Step("wider", (cols + 15, rows + 3)),
        Step("run it", "\r"),
        Step("completion", "cat src/\t\t"),
        Step("history search", "\x15\x12head"),
        Step("colours", "\x07\x15for i in $(seq 0 255); do printf '\\e[48;5;%dm%4d\\e[m' $i $i; done; echo\r"),
        Step(
            "renditions",
            "printf '\\e[1mbold\\e[m \\e[2mfaint\\e[m \\e[3mitalic\\e[m \\e[4:3mcurly\\e[m \\e[7mrev\\e[m\\n'\r",
        ),
        Step("many lines", "seq 1 100\r"),
        Step("back", (cols, rows)),
        Step("clear", "\x0c"),
    ]


def _vim(cols: int, rows: int) -> list[Step]:
    return [
        Step("open"),
        Step("page down", "\x06"),
        Step("search", "gg/await\r"),
        Step("insert", "Oasync with héllo 東京:\r    pass" + ESC),
        Step("visual block", "gg\x165j3l"),
        Step("split", ESC + ":split docs/notes.md\r"),
        Step("vertical split", ":vsplit\r"),
        Step("narrower", (cols - 17, rows - 5)),
        Step("scroll", "\x04\x04"),
        Step("other window", "\x17jG"),
        Step("wider", (cols + 10, rows + 4)),
        Step("undo", "uuu:set list cursorline colorcolumn=40\r"),
        Step("completion", ":e src/\x04"),
        Step("true colours", ESC + ":only|set termguicolors|colorscheme desert\r"),
        Step("back", (cols, rows)),
        Step("help", ":help wrap\r"),
        Step("quit", ":qa!\r"),
    ]


def _less(cols: int, rows: int) -> list[Step]:
    return [
        Step("open"),
        Step("page", " "),
        Step("half", "d"),
        Step("line back", "kkk"),
        Step("search", "/item 4\r"),
        Step("next", "nn"),
        Step("narrower", (cols - 25, rows - 7)),
        Step("chopped", "-S\r"),
        Step("right", "\x1b)" * 2),
        Step("end", "G"),
        Step("wider", (cols + 20, rows + 5)),
        Step("top", "g"),
        Step("numbers", "-N\r"),
        Step("status", "="),
    ]


def _htop(cols: int, rows: int) -> list[Step]:
    return [
        Step("open"),
        Step("down", DOWN * 3),
        Step("tree", "\x1b[15~"),
        Step("search", "/db"),
        Step("sort menu", ESC + "\x1b[17~"),
        Step("narrower", (cols - 10, rows - 6)),
        Step("closed", "\r"),
        Step("set-up", "\x1bOQ"),
        Step("help", ESC + "\x1bOP"),
        Step("wider", (cols + 20, rows + 2)),
        Step("back", "q"),
        Step("kill menu", "\x1b[20~"),
    ]


def _top(cols: int, rows: int) -> list[Step]:
    return [
        Step("open"),
        Step("colours", "z"),
        Step("one cpu a line", "1"),
        Step("bold and columns", "xyb"),
        Step("narrower", (cols - 15, rows - 5)),
        Step("fields", "f"),
        Step("back to it", "q"),
        Step("four windows", "A"),
        Step("wider", (cols + 10, rows + 6)),
        Step("help", "h"),
    ]


def _tmux(cols: int, rows: int) -> list[Step]:
    return [
        Step("open"),
        Step("listing", "ls --color=always -l --time-style=+%F docs\r"),
        Step("right", "\x02%"),
        Step("below", '\x02"'),
        Step("text", "head -n 30 docs/notes.md\r"),
        Step("narrower", (cols - 14, rows - 4)),
        Step("copy mode", "\x02[" + UP * 12),
        Step("selection", "\x00" + UP * 3),
        Step("wider", (cols + 9, rows + 6)),
        Step("clock", "q\x02t"),
        Step("zoom", "q\x02z"),
        Step("flood", "seq 1 200\r"),
        Step("window", "\x02c"),
        Step("list", "\x02w"),
        Step("chosen", UP + "\r"),
        Step("back", (cols, rows)),
    ]


def _mc(cols: int, rows: int) -> list[Step]:
    return [
        Step("open"),
        Step("into", DOWN + "\r"),
        Step("view", DOWN * 2 + "\x1bOR"),
        Step("paged", PAGE_DOWN),
        Step("narrower", (cols - 12, rows - 5)),
        Step("closed", "\x1b[21~"),
        Step("menu", "\x1b[20~"),
        Step("menu down", DOWN * 3),
        Step("wider", (cols + 16, rows + 4)),
        Step("make folder", ESC + ESC + "\x1b[18~"),
        Step("name", "new folder"),
        Step("made", "\r"),
        Step("edit", DOWN * 3 + "\x1bOS"),
        Step("find", "\x1b[18~"),
        Step("back", (cols, rows)),
        Step("quit", ESC + ESC + "\x1b[21~"),
    ]


def _nano(cols: int, rows: int) -> list[Step]:
    return [
        Step("open"),
        Step("page", "\x16"),
        Step("search", "\x17item 33\r"),
        Step("typed", "new text 東京 "),
        Step("cut", "\x0b\x0b\x15"),
        Step("narrower", (cols - 22, rows - 6)),
        Step("help", "\x07"),
        Step("out of it", "\x18"),
        Step("wider", (cols + 14, rows + 3)),
        Step("soft wrap", ESC + "s"),
        Step("save?", "\x18"),
        Step("no", "n"),
    ]


def _emacs(cols: int, rows: int) -> list[Step]:
    return [
        Step("open"),
        Step("page", "\x16"),
        Step("search", "\x1b<\x13await"),
        Step("typed", "\r\x1b<;; 東京 new\r"),
        Step("split", "\x18" + "2"),
        Step("other", "\x18o\x18\x06docs/notes.md"),
        Step("opened", "\r"),
        Step("narrower", (cols - 16, rows - 6)),
        Step("side", "\x183"),
        Step("directory", "\x18d\r"),
        Step("wider", (cols + 12, rows + 4)),
        Step("completion", ESC + "xcal\t"),
        Step("calendar", "endar\r"),
        Step("back", (cols, rows)),
        Step("one", "\x18" + "1"),
        Step("menu", "\x1b`"),
    ]


def _man(cols: int, rows: int) -> list[Step]:
    return [
        Step("open"),
        Step("page", " "),
        Step("search", "/demo\r"),
        Step("narrower", (cols - 20, rows - 6)),
        Step("top", "g"),
        Step("wider", (cols + 20, rows + 4)),
        Step("end", "G"),
        Step("help", "h"),
        Step("quit", "qq"),
    ]


def _vttest(cols: int, rows: int) -> list[Step]:
    """The screens of vttest that ask for nothing but Return."""
    steps = [Step("")]
    for keys, chapter, screens in VTTEST:
        steps.append(Step(f"{chapter} 1", keys))
        steps += [Step(f"{chapter} {number}", "\r") for number in range(2, screens + 1)]
        steps.append(Step("", "\r"))
    return steps


VTTEST = (
    ("1\r", "cursor movements", 6),
    ("2\r", "screen features", 15),
    ("8\r", "insert and delete", 14),
    ("3\r8\r", "character sets", 1),
    ("0\r11\r5\r1\r", "HPA", 1),
    ("2\r", "CBT", 1),
    ("3\r", "CHA", 1),
    ("4\r", "CHT", 1),
    ("5\r", "CNL", 1),
    ("6\r", "CPL", 1),
    ("7\r", "HPR", 1),
    ("8\r", "VPA", 1),
    ("9\r", "VPR", 1),
    ("0\r6\r2\r", "colours", 1),
    ("3\r", "default colours", 1),
    ("4\r", "colours with BCE", 2),
    ("5\r", "SGR with colours", 2),
    ("8\r", "renditions, light", 6),
    ("9\r", "renditions, dark", 3),
    ("0\r7\r2\r", "REP", 1),
    ("3\r", "SD", 1),
    ("4\r", "SL", 1),
    ("5\r", "SR", 1),
    ("6\r", "SU", 1),
)
"""What is typed at a menu, what it tests, and how many screens that has."""


SCENARIOS = (
    Scenario("bash", ["bash", "--norc", "--noprofile"], _bash),
    Scenario("vim", ["vim", "src/server.py"], _vim),
    Scenario("less", ["less", "-M", "docs/notes.md"], _less),
    Scenario("htop", ["htop", "-d", "100"], _htop),
    Scenario("top", ["top", "-d", "10"], _top),
    Scenario("tmux", ["tmux", "-f", "/home/demo/.tmux.conf", "-S", "/home/demo/tmp/socket"], _tmux),
    Scenario("mc", ["mc", "--nosubshell", ".", "/home/demo"], _mc),
    Scenario("nano", ["nano", "docs/notes.md"], _nano),
    Scenario("emacs", ["emacs", "-nw", "-Q", "src/server.py"], _emacs),
    Scenario("man", ["man", "docs/demo.1"], _man),
    Scenario("vttest", ["vttest"], _vttest, sizes=(TerminalSize(80, 24),)),
)
