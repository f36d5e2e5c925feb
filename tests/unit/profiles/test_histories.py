"""What was typed before: bounded, in the memory, and without what may be secret."""

import json

import pytest

from ssmtui.config.memory import MAX_SECTION, Memory
from ssmtui.profiles.histories import MAX_FIELDS, MAX_TEXT, MAX_TEXTS, Histories, field_name


async def test_texts_are_kept_by_field_oldest_first_and_none_twice() -> None:
    memory = Memory(None)
    histories = Histories(memory)
    unit = field_name("Ops-TailUnit", "unit")
    for text in ("sshd", "cron", "sshd", "  "):
        histories.entries.note(text, unit)
    histories.reasons.note("OPS-1")
    assert histories.entries.texts(unit) == ("cron", "sshd")
    assert histories.entries.texts(field_name("Other", "unit")) == ()
    await histories.close()
    other = Histories(memory)
    await other.load()
    assert other.entries.texts(unit) == ("cron", "sshd")
    assert other.reasons.texts() == ("OPS-1",)
    await other.close()


async def test_secret_and_long_texts_are_not_kept() -> None:
    memory = Memory(None)
    histories = Histories(memory)
    histories.entries.note("hush", field_name("Acme", "dbPassword"))
    histories.entries.note("x" * (MAX_TEXT + 1), field_name("Acme", "command"))
    histories.lines.note("export AWS_ACCESS_KEY_ID=AKIA" + "A" * 16)
    await histories.close()
    assert (memory.read("entries"), memory.read("lines")) == ({}, {})


async def test_the_section_has_room_whatever_is_typed() -> None:
    memory = Memory(None)
    histories = Histories(memory)
    for number in range(MAX_FIELDS):
        histories.entries.note("\x00" * MAX_TEXT, f"Document/{number}")
    for number in range(MAX_TEXTS + 5):
        histories.entries.note(f"text {number}", "Document/last")
    assert len(histories.entries.texts("Document/last")) == MAX_TEXTS
    await histories.close()
    assert len(json.dumps(memory.read("entries"))) < MAX_SECTION
    assert histories.entries.texts("Document/0") == ()
    assert histories.entries.texts(f"Document/{MAX_FIELDS - 1}")


@pytest.mark.parametrize("held", [{"fields": 3}, {"fields": [3, ["a"], ["a", 3], ["a", [3, ""]]]}, {"x": []}])
async def test_a_section_that_somebody_edited_is_read_as_far_as_it_goes(held: dict[str, object]) -> None:
    memory = Memory(None)
    memory.update("entries", lambda _: held)
    histories = Histories(memory)
    await histories.load()
    assert histories.entries.texts("a") == ()
    histories.entries.note("b", "a")
    assert histories.entries.texts("a") == ("b",)
    await histories.close()
