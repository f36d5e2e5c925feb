"""What output says of the shell and its programs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.terminal.signs import LONGEST_LINE, LineEnd, OutputSigns, ShellMark, line_end


def marks_of(*pieces: bytes) -> list[ShellMark]:
    signs = OutputSigns()
    for piece in pieces:
        signs.follow(piece)
    return signs.take_marks()


def end_of(output: bytes) -> LineEnd:
    signs = OutputSigns()
    signs.follow(output)
    return signs.line_end


def test_marks_are_read_with_the_exit_code() -> None:
    assert marks_of(b"\x1b]133;D;127\x07\x1b]133;A\x1b\\$ \x1b]133;B\x07") == [ShellMark("D", 127), ShellMark("A")]
    assert marks_of(b"\x1b]633;D;1\x07") == [ShellMark("D", 1)]
    assert marks_of(b"\x1b]133;D;3;aid=7\x07") == [ShellMark("D", 3)]


@pytest.mark.parametrize("code", [b"", b";", b";-1", b";99999999999", b";err=x", b";" + b"9" * 500])
def test_a_code_that_is_none_is_unknown(code: bytes) -> None:
    assert marks_of(b"\x1b]133;D" + code + b"\x07") == [ShellMark("D")]


def test_marks_are_taken_once() -> None:
    signs = OutputSigns()
    signs.follow(b"\x1b]133;C\x07")
    assert signs.take_marks() == [ShellMark("C")]
    assert signs.take_marks() == []


def test_the_prompt_of_a_second_line_is_no_prompt() -> None:
    assert marks_of(b"\x1b]133;A;k=s\x07> ") == []


def test_other_sequences_and_text_are_no_marks() -> None:
    assert marks_of(b"133;A \x1b]0;133;A\x07 \x1b]1337;A\x07 \x1b]133;B\x07 \x1b]633;E;ls\x07 \x1b]133;A\n\x07") == []


@given(st.lists(st.integers(1, 40), max_size=12))
def test_marks_are_the_same_however_output_is_cut(cuts: list[int]) -> None:
    output = b"x\x1b]133;C\x07out\x1b[31m\r\n\x1b]133;D;12\x1b\\\x1b]0;t\x07\x1b]133;A;k=v\x1b\\$ "
    pieces, place = [], 0
    for cut in cuts:
        pieces.append(output[place : place + cut])
        place += cut
    signs = OutputSigns()
    marks = []
    for piece in [*pieces, output[place:]]:
        signs.follow(piece)
        marks += signs.take_marks()
    assert marks == [ShellMark("C"), ShellMark("D", 12), ShellMark("A")]
    assert signs.line_end is LineEnd.PROMPT


def test_of_many_commands_in_one_feed_the_last_one_counts() -> None:
    one = b"\x1b]133;C\x07\x1b]133;D;%d\x07\x1b]133;A\x07"
    assert marks_of(b"".join(one % code for code in range(1000))) == [
        ShellMark("C"),
        ShellMark("D", 999),
        ShellMark("A"),
    ]
    assert marks_of(b"\x1b]133;A\x07" * 5000) == [ShellMark("A")]


@pytest.mark.parametrize(
    "output",
    [
        b"\x1b[?2004h\x1b]0;ec2-user@ip-10-0-0-1:~\x07[ec2-user@ip-10-0-0-1 ~]$ ",
        b"sh-5.2$ ",
        b"\r\n\x1b[01;32mroot@web\x1b[00m:\x1b[01;34m/\x1b[00m# ",
        b"/ # ",
        b"%                        \r \rhost% ",
        b"PS C:\\Users\\Administrator> ",
        b"C:\\Windows\\system32>",
        "~/work \x1b[32m❯\x1b[0m ".encode(),
        b"sh-5.2$ ls\x08\x1b[K\x08\x1b[K",
        # A console of Windows moves the cursor about.
        b"\x1b[2;1HPS C:\\> \x1b[?25h\x1b[2;9H",
    ],
)
def test_prompts(output: bytes) -> None:
    assert end_of(output) is LineEnd.PROMPT


@pytest.mark.parametrize(
    "output",
    [
        b"[sudo] password for ec2-user: ",
        b"Password:",
        b"Enter passphrase for key '/home/a/.ssh/id_ed25519': ",
        b"Password for 'https://me@example.com': ",
        b"Verification code: ",
        b"Enter MFA code for arn:aws:iam::123456789012:mfa/me: ",
        b"\x1b[1mEnter PIN:\x1b[0m ",
        b"[sudo] password for a: ***",
        "[sudo] Passwort für jane: ".encode(),
        "[sudo] contraseña para jane: ".encode(),
        "[sudo] пароль для jane: ".encode(),
        "[sudo] hasło użytkownika jane: ".encode(),
        "[sudo] jane 的密码：".encode(),
        "[sudo] jane のパスワード: ".encode(),
    ],
)
def test_secrets(output: bytes) -> None:
    assert end_of(output) is LineEnd.SECRET


@pytest.mark.parametrize(
    "output",
    [
        b"Do you want to continue? [Y/n] ",
        b"Reset password? [y/N]: ",
        b"Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
        b"Is this ok [y/d/N]: ",
        b"Enter your name: ",
        b"--More--(12%)",
        b"Press any key to continue . . .",
        b">>> ",
        b"mysql> ",
        b"MariaDB [(none)]> ",
    ],
)
def test_questions(output: bytes) -> None:
    assert end_of(output) is LineEnd.QUESTION


@pytest.mark.parametrize(
    "output",
    [
        b"",
        b"Password: \r\n",
        b"What now?\n",
        b"downloading  42%",
        b"##########",
        b"building ...",
        b"sh-5.2$ make",
        b"100 % \r",
        b"\x1b]0;Password: ",
        b"$" * (LONGEST_LINE + 1),
        b"\xff\xfe\x00",
    ],
)
def test_other_lines(output: bytes) -> None:
    assert end_of(output) is LineEnd.OTHER


@given(st.binary(max_size=400))
def test_no_output_is_too_odd(output: bytes) -> None:
    signs = OutputSigns()
    for byte in output:
        signs.follow(bytes([byte]))
    whole = OutputSigns()
    whole.follow(output)
    assert signs.line_end is whole.line_end


@pytest.mark.parametrize(
    "piece", ["\b", "a\b", "password ", "\x1b]", "\x1b[", "press ", ": ", "\x1b[1A", "PS >", "(y/n"]
)
def test_a_hostile_line_costs_little(piece: str) -> None:
    line = (piece * LONGEST_LINE)[:LONGEST_LINE]
    line_end(line)
    began = time.thread_time()
    for _ in range(20):
        line_end(line)
    assert time.thread_time() - began < 20 * 0.02


PIECES = [
    *(
        "\x1b[0m",
        "\x1b[01;32m",
        "\x1b[K",
        "\x1b[10G",
        "\x1b]0;title\x07",
        "\x1b]133;B\x1b\\",
        "\x1b(B",
        "\x1b=",
        "\r",
        "\b",
    ),
    *(
        "user@host:~",
        "$",
        " ",
        "# ",
        "> ",
        "ls -l",
        "Password: ",
        "[y/N]",
        "?",
        "(END)",
        "--More--",
        "press Enter to go on",
    ),
    *("/", "-", "a|b", "*", "é", "}", "\\", "C:\\Users>", "yes/no/x"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_a_line_that_is_passed_over_quickly_is_none_of_those_that_matter(line: str) -> None:
    assert end_of(line.encode()) is line_end(line)
