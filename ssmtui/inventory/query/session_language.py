"""What a filter of sessions can ask for."""

from __future__ import annotations

from collections.abc import Mapping

from ssmtui.inventory.query.language import IsWord, Language
from ssmtui.inventory.session_fields import SESSION_FIELDS, is_leftover, is_port
from ssmtui.inventory.session_rows import SessionRow, SessionWhere

_COUNTED = ("owner", "document", "reason", "status", "account", "profile", "region", "access")

_QUESTIONS: Mapping[str, IsWord[SessionRow]] = {
    "mine": IsWord("you started it, or this machine's ledger has it", lambda row: row.mine),
    "others": IsWord("somebody else started it", lambda row: not row.mine),
    "running": IsWord("still alive, with or without a client", lambda row: not row.is_over),
    "over": IsWord("has ended", lambda row: row.is_over),
    "here": IsWord("a tab of this app has it", lambda row: row.where is SessionWhere.HERE),
    "detached": IsWord("left alive, and no ssmtui has it now", lambda row: row.where is SessionWhere.DETACHED),
    "leftover": IsWord("yours, alive, and no client has it", is_leftover),
    "jit": IsWord("by just-in-time access", lambda row: row.record.access_type == "JustInTime"),
    "port": IsWord("forwards a port or carries ssh", is_port),
}

SESSION_LANGUAGE: Language[SessionRow] = Language(
    SESSION_FIELDS, _QUESTIONS, counted={name: SESSION_FIELDS[name].text for name in _COUNTED}
)
