"""Files of the AWS configuration are read as botocore reads them; what it refuses is named by line, section and key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from botocore.configloader import raw_config_parse
from botocore.exceptions import ConfigParseError
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.aws.configuration_text import MOST_BYTES, WrittenFile, read_file, read_text

LINES = st.lists(
    st.sampled_from(
        [
            "[default]", "[profile one]", "[profile two]", "[DEFAULT]", "[broken", "[]", " [profile one]", "[a] # ]",
            "region = eu-west-1", "Region: us-east-1", "region=", "output = json", "s3 =", "  max_queue_size = 5",
            "  no value", "nothing", " = x", "=", "# region", "  ; x", "", "   ", "a = b = c", "\tregion = x", "[x]y",
        ]
    ),
    max_size=12,
).map("\n".join)  # fmt: skip


def settings(written: WrittenFile) -> dict[str, dict[str, str]]:
    return {
        name: {key: one.value for key, one in section.keys.items()}
        for name, section in written.sections.items()
        if name != "DEFAULT"
    }


@given(LINES)
def test_what_botocore_refuses_is_refused_and_all_else_is_read_alike(text: str) -> None:
    file = Path("written.config")
    file.write_text(text)
    written = read_file(str(file))
    try:
        accepted = raw_config_parse(str(file), parse_subsections=False)
        raw_config_parse(str(file))
    except ConfigParseError:
        assert written.problems
    else:
        assert not written.problems
        if "[DEFAULT]" not in text:
            assert settings(written) == accepted


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("[profile one]\nregion = a\n\n[profile one]\nregion = b\n", "f, line 4, [profile one]", "here and in line 1"),
        ("[profile x]\nregion = a\nRegion = b\n", "f, line 3, [profile x], region", "here and in line 2"),
        ("[profile x]\nregion\n", "f, line 2, [profile x]", "has no `=`"),
        ("[profile x]\n= b\n", "f, line 2, [profile x]", "has no name"),
        ("region = a\n[default]\n", "f, line 1", "before the first section"),
        ("[default]\ns3 =\n  a = b\n  c\n", "f, line 4, [default], s3", "below `s3 =`"),
        ("\ufeff[default]\n", "f, line 1", "byte order mark"),
        ("[default]\n[profile x\nregion = a\n", "f, line 2, [default]", "'[profile x'"),
    ],
)
def test_case_16_the_place_of_what_is_wrong(text: str, place: str, what: str) -> None:
    (problem,) = read_text("f", text).problems
    assert problem.place == place
    assert what in problem.what
    assert problem.fix


def test_all_that_is_wrong_is_told_at_once() -> None:
    problems = read_text("f", "x\n[a]\nb\n[a]\nc = 1\nc = 2\n").problems
    assert [one.line for one in problems] == [1, 3, 4, 6]


def test_a_line_that_may_be_a_secret_is_not_shown() -> None:
    (problem,) = read_text("f", "[a]\naws_secret_access_key wJalrXUtnFEMI\n").problems
    assert "wJalr" not in str(problem)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert read_file("nowhere") == read_file("nowhere\0")._replace(path="nowhere", unread=None) == nothing("nowhere")
    assert read_file(os.devnull) == nothing(os.devnull)
    (tmp_path / "latin").write_bytes(b"[a]\nb = \xe9\n")
    (problem,) = read_file("latin").problems
    assert (problem.line, problem.fix) == (2, "Save it as UTF-8.")
    with pytest.raises(ConfigParseError):
        raw_config_parse("latin")


def test_what_botocore_passes_over_is_told(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"#" * (MOST_BYTES + 1))
    (tmp_path / "locked").write_text("nonsense")
    (tmp_path / "locked").chmod(0)
    told = [read_file(path).unread for path in (".", "large", "locked")]
    assert [one.what for one in told if one][:2] == ["it is a folder", "it is too large for a configuration"]
    if os.geteuid():
        assert raw_config_parse("locked") == {}
        assert told[2] is not None
        assert told[2].what == "it cannot be read: permission denied"


def nothing(path: str) -> WrittenFile:
    return WrittenFile(path, {}, ())
