"""Which field a refusal of StartSession is about."""

from types import SimpleNamespace
from typing import Any

import pytest

from ssmtui.errors import DocumentError
from ssmtui.ui.forms.document_form import named

DOCUMENT: Any = SimpleNamespace(parameters=[SimpleNamespace(name=name) for name in ("host", "portNumber")])


@pytest.mark.parametrize(
    ("detail", "name"),
    [
        ('Parameter "host" has value "portNumber" not matching "^[^,$^&]{3,}$".', "host"),
        ("portNumber is wrong", "portNumber"),
        ("", ""),
    ],
)
def test_w4_the_parameter_in_quotes_is_the_one_that_is_marked(detail: str, name: str) -> None:
    assert named(DocumentError(detail, code="InvalidParameters"), DOCUMENT) == name
