"""What is done for a terminal in quiet moments, and when."""

from __future__ import annotations

from ssmtui.sessions.engine_tail import COMPRESS_AFTER, SNAPSHOT_ANYWAY, SNAPSHOT_QUIET, Chores


def due(chores: Chores) -> list[str]:
    """Everything that is due now."""
    found = []
    while (header := chores.next_header()) is not None:
        found.append(header["do"])
    return found


def test_a_snapshot_waits_for_a_quiet_moment_but_not_for_ever() -> None:
    chores = Chores()
    chores.fed()
    assert not chores.tick(SNAPSHOT_QUIET + 1)
    assert chores.tick(SNAPSHOT_QUIET + 1)
    assert due(chores) == ["snapshot"]
    chores.fed()
    assert chores.tick(SNAPSHOT_ANYWAY + 1)
    assert due(chores) == ["snapshot"]
    assert not chores.tick(SNAPSHOT_QUIET)


def test_scrollback_is_compressed_once_it_is_quiet_for_a_while() -> None:
    chores = Chores()
    chores.fed()
    assert not any(chores.tick(0) for _ in range(COMPRESS_AFTER)), "one tick more than it was quiet for"
    assert chores.tick(0)
    assert due(chores) == ["compress"]
    assert not any(chores.tick(0) for _ in range(3 * COMPRESS_AFTER)), "there is nothing new"
    chores.fed()
    assert not chores.tick(0)
    assert any(chores.tick(0) for _ in range(COMPRESS_AFTER))


def test_it_goes_on_with_what_is_left() -> None:
    chores = Chores()
    chores.fed()
    for _ in range(COMPRESS_AFTER + 1):
        chores.tick(0)
    assert due(chores) == ["compress"]
    chores.compressed(more=True)
    assert chores.tick(0)
    assert due(chores) == ["compress"]
    chores.compressed(more=False)
    assert not chores.tick(0)


def test_output_puts_it_off() -> None:
    chores = Chores()
    for _ in range(COMPRESS_AFTER - 1):
        chores.fed()
        assert not chores.tick(0)
        assert not chores.tick(0)


def test_a_new_engine_has_everything_to_do_again() -> None:
    chores = Chores()
    for _ in range(COMPRESS_AFTER):
        assert not chores.tick(0)
    chores.begin_anew()
    assert chores.tick(0)
    assert due(chores) == ["compress"]
