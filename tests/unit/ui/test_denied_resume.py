"""What a pane shows of a session whose resume the policy denied."""

from __future__ import annotations

from ssmtui.errors import AccessDenied
from ssmtui.sessions.permissions import STATEMENT, resume_denied
from ssmtui.ui.widgets.text_lines import error_lines


def test_w1b_the_missing_statement_is_whole_in_a_terminal_of_80_columns() -> None:
    denied = AccessDenied("User: arn:aws:sts::111122223333:assumed-role/Ops/jane is not authorized " * 3)
    lines = [cell.text for cell in error_lines(resume_denied(denied), 70)]
    assert lines[0] == "Your policy lets you start sessions but not resume them"
    assert STATEMENT in " ".join(lines)
