"""What a pane shows of a session whose resume the policy denied."""

from __future__ import annotations

import json

from ssmtui.model import SESSION_STATEMENT
from ssmtui.sessions.farewell import resume_denied
from ssmtui.ui.look.cells import error_lines
from tests.support.denials import denied


def test_w1b_the_missing_statement_is_whole_in_a_terminal_of_80_columns() -> None:
    lines = [cell.text for cell in error_lines(resume_denied(denied("ResumeSession")), 70)]
    assert lines[0] == "Your policy lets you start sessions but not resume them"
    assert json.dumps(SESSION_STATEMENT) in " ".join(lines)
