"""Hostile output by kind. A source makes a little of it from seeded chance; a life is what a terminal goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from random import Random

from ssmtui.terminal.engine import MAX_FEED
from tests.fuzz.actions import Action, Feed, Look, Remember, Resize, Rest, Scroll
from tests.recordings import cast

_FINALS = [bytes([byte]) for byte in range(0x40, 0x7F)]
_INTERMEDIATES = [b"", b"", b"", b"", b" ", b"!", b'"', b"$", b"'", b"*", b"#", b"+"]
_PRIVATE = [b"", b"", b"", b"?", b"?", b">", b"=", b"<"]
_ABSURD = [0, 1, 2, 255, 256, 9999, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32, 2**63, 2**64, 10**30]
_MODES = [
    *(1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 25, 40, 41, 45, 47, 66, 67, 69, 80, 95, 1000, 1001, 1002, 1003, 1004, 1005, 1006),
    *(1007, 1015, 1016, 1034, 1036, 1045, 1046, 1047, 1048, 1049, 2004, 2026, 2027, 2031, 2048, 5522),
]
_MARKS = (
    "\u0300\u0301\u0308\u0327\u200d\ufe0f\ufe0e\u20e3\u0e33\u0903\u1160\u11a8\U0001f3fb\U0001f3ff\U000e0061\u202e\u2066"
)
_BASES = "ae中한🙂👩🇩🇪👍️❤…\u00ad\u200b\u0e01\u0915\ufffd\U0010ffff"
_INSIDE = [*range(0x20), 0x7F, *range(0x80, 0xA0), 0xA0, 0xC2, 0xFF]
_OPENERS = [b"\x1b]", b"\x1bP", b"\x1b_", b"\x1b^", b"\x1bX", b"\x9d", b"\x90", b"\x9f"]
_ENDERS = [b"\x07", b"\x1b\\", b"\x9c", b"\x18", b"\x1a", b"", b"\x1b"]
_OSC = [0, 1, 2, 4, 5, 7, 8, 9, 10, 11, 12, 17, 19, 22, 52, 66, 99, 104, 110, 112, 133, 777, 1337, 3008, 9999999999]
_DCS = [b"$q", b"+q", b"+p", b"0;1|", b"q", b"1000p", b">|", b"{", b"$t", b"tmux;"]
_LINK = b"\x1b]8;id=%d;https://example.com/%d\x1b\\"

Source = Callable[[Random], bytes]


def _number(chance: Random) -> int:
    dice = chance.random()
    return chance.randrange(12) if dice < 0.6 else chance.randrange(300) if dice < 0.85 else chance.choice(_ABSURD)


def _csi(chance: Random) -> bytes:
    numbers = [b"%d" % _number(chance) for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 5, 20)))]
    separator = b":" if chance.random() < 0.1 else b";"
    start = b"\x9b" if chance.random() < 0.02 else b"\x1b["
    parts = (
        start,
        chance.choice(_PRIVATE),
        separator.join(numbers),
        chance.choice(_INTERMEDIATES),
        chance.choice(_FINALS),
    )
    return b"".join(parts)


def _disturbed(sequence: bytes, chance: Random) -> bytes:
    """``sequence`` with bytes inside it that a terminal obeys or passes over, and goes on, or that end it."""
    place = chance.randrange(1, len(sequence) + 1)
    return sequence[:place] + bytes(chance.choices(_INSIDE, k=chance.choice((1, 1, 1, 3)))) + sequence[place:]


def controls_inside(chance: Random) -> bytes:
    """Modes and moves with a control inside each sequence, and clusters, which one of the modes is deadly to."""
    makers = (_mode, _mode, _csi, _edit)
    parts = []
    for _ in range(60):
        parts.append(_disturbed(chance.choice(makers)(chance), chance))
        parts.append(chance.choice((_text, _cluster, _flags))(chance))
    return b"".join(parts)


def _flags(chance: Random) -> bytes:
    """Regional indicators, most of them in pairs, some with something between them."""
    letters = [chr(0x1F1E6 + chance.randrange(26)).encode() for _ in range(chance.choice((1, 2, 2, 3, 7)))]
    return chance.choice((b"", b"", b"", b"\x1b[m", b"\r", b"x")).join(letters)


def _edit(chance: Random) -> bytes:
    """What moves, erases and shifts, in numbers that fit a screen."""
    return b"\x1b[%d;%d%c" % (chance.randrange(90), chance.randrange(250), chance.choice(b"ABCDEFGHIJKLMPSTX@`abdefsu"))


def _mode(chance: Random) -> bytes:
    number, dice = chance.choice(_MODES), chance.random()
    if dice < 0.7:
        return b"\x1b[%s%d%c" % (b"?" if dice < 0.63 else b"", number, chance.choice(b"hhhlllsr"))
    margins = b"\x1b[%d;%dr\x1b[%d;%ds" % tuple(chance.randrange(60) for _ in range(4))
    others = [
        b"\x1bc",
        b"\x1b[!p",
        b"\x1b#8",
        b"\x1b7",
        b"\x1b8",
        b"\x1b(0",
        b"\x1b)0",
        b"\x0e",
        b"\x0f",
        b"\x1bH",
        b"\x1b[3g",
    ]
    return chance.choice([margins, *others, b"\x1b#3", b"\x1b#6", b"\x1bD", b"\x1bM", b"\x1bE", b"\x1b[?5W"])


def _style(chance: Random) -> bytes:
    red, green, blue = (chance.randrange(256) for _ in range(3))
    forms = (
        b"\x1b[38;2;%d;%d;%dm" % (red, green, blue),
        b"\x1b[48:2::%d:%d:%dm" % (red, green, blue),
        b"\x1b[58:5:%d;4:%dm" % (red, green % 6),
        b"\x1b[%d;%dm" % (red % 110, green % 60),
        _LINK % (red, green * blue),
        b"\x1b]8;;\x1b\\",
        b"\x1b[m",
    )
    return chance.choice(forms)


def _cluster(chance: Random) -> bytes:
    return (chance.choice(_BASES) + "".join(chance.choices(_MARKS, k=chance.choice((0, 1, 1, 2, 5, 40))))).encode()


def _text(chance: Random) -> bytes:
    return chance.choice(
        (b"text ", b"x" * chance.randrange(200), b"\r\n", b"\n", b"\t", "中文字".encode(), b"\x08" * 9)
    )


def random_bytes(chance: Random) -> bytes:
    return chance.randbytes(2048)


def sequences(chance: Random) -> bytes:
    return b"".join(_csi(chance) if chance.random() < 0.7 else _text(chance) for _ in range(100))


def modes(chance: Random) -> bytes:
    makers = (_mode, _mode, _text, _edit, _csi, _cluster)
    return b"".join(chance.choice(makers)(chance) for _ in range(100))


def regions(chance: Random) -> bytes:
    """Styled and linked text that is scrolled in regions of all sorts."""
    top, bottom = chance.choice((0, 0, 0, 1, 5)), chance.randrange(2, 60)
    out = [b"\x1b[%d;%dr" % (top, bottom)]
    if chance.random() < 0.3:
        out.append(b"\x1b[?69h\x1b[%d;%ds" % (chance.randrange(30), chance.randrange(30, 120)))
    moves = (b"\r\n", b"\n", b"\x1bM", b"\x1b[%dS", b"\x1b[%dT", b"\x1b[%dL", b"\x1b[%dM", b"\x1b[%dH")
    for _ in range(60):
        out += [_style(chance), chance.choice((_text, _cluster))(chance)]
        move = chance.choice(moves)
        out.append(move % chance.randrange(70) if b"%" in move else move)
    return b"".join(out)


def styles(chance: Random) -> bytes:
    return b"".join(_style(chance) + chance.choice((b"x", "中".encode(), _cluster(chance))) for _ in range(150))


def combining(chance: Random) -> bytes:
    if chance.random() < 0.1:
        return chance.choice(_BASES).encode() + chance.choice(_MARKS).encode() * 2000
    return b"".join(chance.choice((_cluster, _cluster, _flags))(chance) for _ in range(100))


def strings(chance: Random) -> bytes:
    opener, dice = chance.choice(_OPENERS), chance.random()
    if dice < 0.5:
        head = b"%d;" % chance.choice(_OSC)
    else:
        head = chance.choice((*_DCS, b"Ga=T,f=24,s=1,v=1,m=1;", b"Ga=q,i=4294967295;", b""))
    body = chance.choice((b"?", b"A" * chance.randrange(3000), chance.randbytes(100), b"rgb:ff/00/ff", b";" * 500))
    return opener + head + body + chance.choice(_ENDERS) + _text(chance)


def bombs(chance: Random) -> bytes:
    """Little that asks for much."""
    forms = (
        b"x" + b"\x1b[%db" % chance.choice(_ABSURD),
        b"\x1b[%d%c" % (chance.choice(_ABSURD), chance.choice(b"@LMPSTXbIZ")),
        b"\x1b[?3h\x1b[?3l",
        b"\x1b#8",
        b"\x1b[6n\x1b[c\x1b[>q\x1b[?u\x1b[14t",
        b"\x1b]" + b"9" * 30_000,
        b"\x1b[" + b"1;" * 8000 + b"m",
        b"\x1b[?1049h\x1b[?1049l" * 50,
        b"\x1b[>1u" * 200,
        b"\x1b[22;0t" * 200,
        b"\x1b[?1049$p\x1bP$qm\x1b\\" * 50,
    )
    return chance.choice(forms) * chance.choice((1, 1, 10))


def rectangles(chance: Random) -> bytes:
    numbers = ";".join(str(_number(chance)) for _ in range(chance.choice((4, 5, 8)))).encode()
    tail = chance.choice(
        (b"$v", b"$x", b"$z", b"${", b"$r", b"$t", b"*x", b"'}", b"'~", b"*y", b" @", b" A", b"#{", b"#}")
    )
    return b"\x1b[" + numbers + tail + (_text(chance) if chance.random() < 0.3 else b"")


@cache
def _recorded() -> list[bytes]:
    recordings = map(cast.load, cast.names())
    return [event.data for recording in recordings for event in recording.events if isinstance(event, cast.Output)]


def mutated(chance: Random) -> bytes:
    """A piece of a recording with some of it flipped, cut, doubled, or put elsewhere."""
    whole = chance.choice(_recorded())
    start = chance.randrange(len(whole))
    data = bytearray(whole[start : start + chance.randrange(1, 8000)])
    for _ in range(chance.randrange(20)):
        place, length = chance.randrange(len(data) + 1), chance.randrange(40)
        piece = bytes(data[place : place + length])
        replacement = chance.choice(
            (b"", piece * 3, piece[::-1], chance.randbytes(3), b"%d" % chance.choice(_ABSURD), _csi(chance))
        )
        data[place : place + length] = replacement
    return bytes(data)


KINDS: dict[str, Source] = {
    maker.__name__: maker
    for maker in (
        random_bytes,
        sequences,
        modes,
        controls_inside,
        regions,
        styles,
        combining,
        strings,
        bombs,
        rectangles,
        mutated,
    )
}


def mixed(chance: Random) -> bytes:
    return KINDS[chance.choice(list(KINDS))](chance)


KINDS["mixed"] = mixed


def _size(chance: Random) -> Resize:
    usual = chance.random() < 0.98
    return Resize(chance.randrange(20, 200 if usual else 1001), chance.randrange(5, 70 if usual else 501))


def _aside(chance: Random) -> Iterator[Action]:
    """What happens to a terminal beside output."""
    dice = chance.random()
    if dice < 0.30:
        yield _size(chance)
    elif dice < 0.33:
        yield from (_size(chance) for _ in range(20))
    elif dice < 0.6:
        yield Look()
    elif dice < 0.85:
        yield Scroll(chance.choice((-1, -30, -100_000, 0, 5, 0)))
    elif dice < 0.95:
        yield Rest()
    else:
        yield Remember()


def life(kind: str, chance: Random, size: int) -> Iterator[Action]:
    """What one terminal goes through: ``size`` bytes or a little more, in pieces of all lengths, and all else. One in
    eight gets a tenth of them, in small pieces."""
    piece = MAX_FEED
    if chance.random() < 0.125:
        piece, size = 200, size // 10
    done = 0
    while done < size:
        data = KINDS[kind](chance)
        while len(data) < piece and done + len(data) < size:
            data += KINDS[kind](chance)
        done += len(data)
        while data:
            end = chance.randrange(1, piece + 1)
            yield Feed(data[:end])
            data = data[end:]
            if chance.random() < 0.03:
                yield from _aside(chance)
