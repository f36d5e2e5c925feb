"""How much scrollback is kept: at least what was promised, and never more than the host can hold."""

from __future__ import annotations

import random

import pytest

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines, memory
from ssmtui.terminal.engine import MAX_FEED, Engine
from ssmtui.terminal.host import TerminalHost

MIB = 1 << 20


def fill(engine: Engine, line: bytes, count: int) -> None:
    """Print ``line`` so many times."""
    at_once = MAX_FEED // len(line)
    for start in range(0, count, at_once):
        engine.feed(line * min(at_once, count - start))


def plain(cols: int) -> bytes:
    return b"x" * (cols - 1) + b"\r\n"


def coloured(cols: int) -> bytes:
    dice = random.Random(1)
    cells = [b"\x1b[38;2;%d;%d;%dmx" % tuple(dice.randrange(256) for _ in range(3)) for _ in range(min(cols - 1, 40))]
    return b"".join(cells) + b"\x1b[m\r\n"


@pytest.mark.parametrize("cols", [20, 80, 120, 300, 1000])
@pytest.mark.parametrize("line", [plain, coloured])
def test_at_least_the_lines_asked_for_are_kept(cols, line):
    wanted = 10_000 if cols <= 120 else 1_000
    engine = engines.create(engines.GHOSTTY, TerminalSize(cols, 24), wanted)
    fill(engine, line(cols), wanted + 100)
    kept = []
    for _ in range(20):  # whole pages go at once: at no moment may there be fewer
        fill(engine, line(cols), memory_page(cols) // 10 + 1)
        kept.append(engine.kept().lines)
    assert min(kept) >= wanted
    assert max(kept) <= wanted + 2 * memory_page(cols)


def memory_page(cols: int) -> int:
    """Lines of a page, at most."""
    return (1 << 16) // cols + 1


def test_a_hundred_thousand_lines_are_kept_too():
    engine = engines.create(engines.GHOSTTY, TerminalSize(80, 24), 100_000)
    fill(engine, plain(80), 101_000)
    assert engine.kept().lines >= 100_000


@pytest.mark.parametrize("name", engines.NAMES)
def test_nothing_is_kept_where_nothing_is_asked_for(name):
    engine = engines.create(name, TerminalSize(80, 24), 0)
    fill(engine, plain(80), 500)
    engine.scroll(-100)
    frame = engine.frame(0)
    assert (frame.history, frame.scrolled_back, engine.kept().lines) == (0, 0, 0)


@pytest.mark.parametrize("name", engines.NAMES)
def test_a_limit_takes_the_oldest_lines(name):
    engine = engines.create(name, TerminalSize(80, 24), 5_000)
    for start in range(0, 4_000, 100):
        engine.feed(b"".join(b"%079d\r\n" % number for number in range(start, start + 100)))
    before = engine.kept().lines
    engine.limit(1 * MIB)
    engine.feed(b"last\r\n" * 30)
    kept = engine.kept()
    assert 0 < kept.lines < before
    assert kept.size <= 1 * MIB
    assert "last" in engine.text()


def test_compressed_scrollback_is_all_there():
    engine = engines.create(engines.GHOSTTY, TerminalSize(80, 24), 5_000)
    for start in range(0, 4_000, 100):
        engine.feed(b"".join(b"%079d\r\n" % number for number in range(start, start + 100)))
    lines = engine.kept().lines
    while engine.compress():
        pass
    assert engine.kept().lines == lines
    engine.scroll(-lines)
    assert engine.text().split("\n")[0] == "0" * 79
    engine.feed(b"more\r\n" * 100)
    assert engine.text().split("\n")[0] == "0" * 79


@pytest.mark.parametrize(
    ("wants", "total", "most"),
    [
        ([], 100 * MIB, 100 * MIB),
        ([10 * MIB], 100 * MIB, 100 * MIB),
        ([10 * MIB] * 10, 100 * MIB, 100 * MIB),
        ([200 * MIB] * 10, 100 * MIB, 10 * MIB),
        ([10 * MIB, 90 * MIB, 200 * MIB], 100 * MIB, 45 * MIB),
        ([200 * MIB] * 1000, 100 * MIB, 1 * MIB),
    ],
)
def test_who_wants_little_gets_it_and_the_others_share_the_rest(wants, total, most):
    assert memory.share(wants, total) == most
    assert sum(min(want, most) for want in wants) <= max(total, len(wants) * MIB)


@pytest.fixture(params=engines.NAMES)
def host(request, monkeypatch) -> TerminalHost:
    monkeypatch.setattr(memory, "TOTAL", 8 * MIB)
    return TerminalHost(request.param)


def tell(host: TerminalHost, key: int, do: str, blob: bytes = b"", **fields: object) -> dict[str, object]:
    answer, _ = host.answer({"do": do, "key": key, **fields}, blob)
    assert "failed" not in answer
    return answer


def test_many_long_scrollbacks_stay_within_the_hosts_memory(host):
    for key in range(4):
        tell(host, key, "open", cols=80, rows=24, lines=1_000_000)
    for _ in range(30):
        for key in range(4):
            tell(host, key, "feed", plain(80) * 200)
    told = [tell(host, key, "memory") for key in range(4)]
    assert sum(int(str(answer["size"])) for answer in told) <= 8 * MIB
    assert all(int(str(answer["lines"])) >= 1_000 for answer in told)


def test_a_closed_terminal_leaves_its_share_to_the_others(host):
    for key in range(8):
        tell(host, key, "open", cols=80, rows=24, lines=1_000_000)
    for key in range(1, 8):
        tell(host, key, "close")
    for _ in range(50):
        tell(host, 0, "feed", plain(80) * 100)
    assert int(str(tell(host, 0, "memory")["size"])) > 2 * MIB


def test_a_wider_terminal_keeps_its_lines(host, monkeypatch):
    monkeypatch.setattr(memory, "TOTAL", 64 * MIB)
    tell(host, 0, "open", cols=20, rows=24, lines=2_000)
    tell(host, 0, "resize", cols=300, rows=24)
    for _ in range(50):
        tell(host, 0, "feed", plain(300) * 50)
    assert int(str(tell(host, 0, "memory")["lines"])) >= 2_000


def test_the_process_has_a_size(host):
    tell(host, 0, "open", cols=80, rows=24, lines=10)
    assert int(str(tell(host, 0, "memory")["process"])) > MIB
