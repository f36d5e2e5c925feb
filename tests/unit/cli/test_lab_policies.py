"""``ssmtui lab --policy``: a policy that cannot be used is named before anything is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssmtui.cli.main import run


@pytest.mark.parametrize("option", ["--policy", "--boundary", "--scp"])
def test_a_file_that_cannot_be_used_is_named(option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "policy.json"
    assert run(["lab", option, str(file)]) == 252
    assert f"The policy cannot be read: {file}: No such file" in capsys.readouterr().err
    file.write_text('{"Statement": [{"Effect": "Allow", "Action": "*"}]}')
    assert run(["lab", option, str(file)]) == 252
    err = capsys.readouterr().err
    assert f"The policy cannot be used: {file}: statement 1 must have either Resource or NotResource" in err
