"""The policies that the README gives people, as it has them: read from the page itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ssmtui.lab.iam import Policies, Policy

_README = Path(__file__).parents[2] / "README.md"


def readme_policy() -> dict[str, Any]:
    """The one whole policy of the page."""
    blocks = re.findall(r"```json\n(.*?)```", _README.read_text(encoding="utf-8"), re.DOTALL)
    (text,) = (one for one in blocks if '"Statement"' in one)
    return dict(json.loads(text))


def readme_permissions() -> dict[str, str]:
    """The table of permissions that are not required: what each row names, and what it brings."""
    text = _README.read_text(encoding="utf-8")
    table = text.partition("| Permission | What it brings |\n|---|---|\n")[2].partition("\n\n")[0]
    return dict(re.findall(r"^\| (.*?) \| (.*) \|$", table, re.MULTILINE))


def without(document: Mapping[str, Any], *actions: str) -> dict[str, Any]:
    """The policy with these actions left out of all its statements."""
    statements = []
    for one in document["Statement"]:
        named = one["Action"] if isinstance(one["Action"], list) else [one["Action"]]
        left = [action for action in named if action not in actions]
        if left:
            statements.append({**one, "Action": left})
    return {**document, "Statement": statements}


def policies(*documents: Mapping[str, Any]) -> Policies:
    """Those of a caller who has these identity policies."""
    return Policies(tuple(Policy.read(one, "Ops") for one in documents))


def permission_statements() -> list[dict[str, Any]]:
    """The table as statements of a policy: what somebody writes who grants all of it, word for word."""
    return [_statement(row) for row in readme_permissions()]


def whole_policy() -> dict[str, Any]:
    """The README's policy and all of its table."""
    document = readme_policy()
    return {**document, "Statement": [*document["Statement"], *permission_statements()]}


def _statement(row: str) -> dict[str, Any]:
    """What a row names: actions, whose service the ones after the first leave out, and what they are allowed on."""
    actions, _, where = row.partition(" on ")
    named, service = [], ""
    for found in re.findall(r"`([^`]+)`", actions):
        prefix, colon, action = found.rpartition(":")
        service = prefix if colon else service
        named.append(f"{service}:{action.replace('…', '*')}")
    names = re.findall(r"`([^`]+)`", where)
    documents = [name if name.startswith("arn:") else f"arn:*:ssm:*:*:document/{name}" for name in names]
    if where == "more documents":
        documents = ["arn:*:ssm:*:*:document/*"]
    if where == "the account's key":
        documents = ["arn:*:kms:*:*:key/*"]
    return {"Effect": "Allow", "Action": named, "Resource": documents or "*"}


def without_resources(document: Mapping[str, Any], *endings: str) -> dict[str, Any]:
    """The policy without the resources that end so."""
    statements = []
    for one in document["Statement"]:
        named = one["Resource"] if isinstance(one["Resource"], list) else [one["Resource"]]
        left = [resource for resource in named if not resource.endswith(endings)]
        if left:
            statements.append({**one, "Resource": left})
    return {**document, "Statement": statements}
