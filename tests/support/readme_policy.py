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
