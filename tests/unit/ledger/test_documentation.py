"""What docs/sessions.md says of the journal is what is written."""

from __future__ import annotations

import re
from pathlib import Path

from ssmtui.ledger import journal
from ssmtui.ledger.record import Ending

PAGE = (Path(__file__).parents[3] / "docs/sessions.md").read_text("utf-8")
SECTION = PAGE.split("## Ledger and journal\n")[1].split("\n## ")[0]
PROSE = " ".join(SECTION.split())


def test_every_ending_has_its_line() -> None:
    rows = [
        line.split("|")[1] for line in SECTION.split("`how` in the journal")[1].splitlines() if line.startswith("|")
    ]
    assert {word for row in rows for word in re.findall("`([^`]+)`", row)} == {ending.value for ending in Ending}


def test_the_sizes_are_so() -> None:
    assert f"At {journal.MAX_FILE >> 20} MB" in PROSE
    assert journal.KEPT == 4
    assert "four of these" in PROSE
