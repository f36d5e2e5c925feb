"""What a filter of sessions can ask for."""

from __future__ import annotations

from collections.abc import Mapping

from ssmtui.inventory.query.language import Language, Question
from ssmtui.inventory.session_fields import SESSION_FIELDS, is_leftover, is_port
from ssmtui.inventory.session_rows import SessionRow, SessionWhere

_COUNTED = ("owner", "document", "reason", "status", "account", "profile", "region", "access")

_QUESTIONS: Mapping[str, Question[SessionRow]] = {
    "mine": Question("you started it, or this machine's ledger has it", lambda row: row.mine),
    "others": Question("somebody else started it", lambda row: not row.mine),
    "running": Question("still alive, with or without a client", lambda row: not row.is_over),
    "over": Question("has ended", lambda row: row.is_over),
    "here": Question("a tab of this app has it", lambda row: row.where is SessionWhere.HERE),
    "detached": Question("left alive, and no ssmtui has it now", lambda row: row.where is SessionWhere.DETACHED),
    "leftover": Question("yours, alive, and no client has it", is_leftover),
    "jit": Question("by just-in-time access", lambda row: row.record.access_type == "JustInTime"),
    "port": Question("forwards a port or carries ssh", is_port),
}

SESSION_LANGUAGE: Language[SessionRow] = Language(
    SESSION_FIELDS, _QUESTIONS, counted={name: SESSION_FIELDS[name].text for name in _COUNTED}
)
