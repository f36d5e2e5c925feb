"""What holds a secret does not show it: in a traceback, a log entry or an assertion a value appears as its ``repr``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ssmtui
from ssmtui.aws.session import StaticCredentials
from ssmtui.errors import SsmtuiError
from ssmtui.model import AccessCredentials, DataKey, Grant

PACKAGE = Path(ssmtui.__file__).parent
SECRET = re.compile(
    r"(?:^|_)(?:token|tokens|secret|secrets|password|passphrase|authorization|verifier|device_code|auth_code|"
    r"access_key|secret_key|private_key|plaintext|typed|opening)(?:_|$)"
)
TEXT = re.compile(r"\b(?:str|bytes|bytearray)\b")
HARMLESS = {
    ("ListCall", "token"): "the name of the field that has a page's token",
    ("Instance", "http_tokens"): "whether IMDS wants them",
    ("*", "access_key_id"): "names a key, and signs nothing",
}


def classes() -> Iterator[tuple[Path, ast.ClassDef]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef):
                yield file.relative_to(PACKAGE), node


def shown_fields(node: ast.ClassDef) -> Iterator[str]:
    """The fields of text that the class's own ``repr`` has."""
    has_repr = any(isinstance(one, ast.FunctionDef) and one.name == "__repr__" for one in node.body)
    is_value = any("dataclass" in ast.unparse(one) for one in node.decorator_list) or any(
        ast.unparse(base) == "NamedTuple" for base in node.bases
    )
    if has_repr or not is_value:
        return
    for one in node.body:
        if (
            isinstance(one, ast.AnnAssign)
            and isinstance(one.target, ast.Name)
            and TEXT.search(ast.unparse(one.annotation))
        ) and (one.value is None or "repr=False" not in ast.unparse(one.value)):
            yield one.target.id


def test_no_field_that_sounds_like_a_secret_is_in_a_repr() -> None:
    found = [
        f"{file}: {node.name}.{name}"
        for file, node in classes()
        for name in shown_fields(node)
        if SECRET.search(name) and (node.name, name) not in HARMLESS and ("*", name) not in HARMLESS
    ]
    assert found == [], "give each `field(repr=False)`, its class a `__repr__`, or say in HARMLESS why it may be seen"


@pytest.mark.parametrize(
    "holder",
    [
        Grant("id-1", token="CANARY", stream_url="wss://example.test/?CANARY"),
        AccessCredentials("AKIA", "CANARY", "CANARY"),
        StaticCredentials("AKIA", "CANARY", "CANARY"),
        DataKey(b"CANARY", b"cipher"),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_those_that_carry_a_session_show_none(holder: object) -> None:
    assert "CANARY" not in repr(holder)
    assert "CANARY" not in str(holder)
    assert "CANARY" not in repr(SsmtuiError(str(holder)))
