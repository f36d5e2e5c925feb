import tomllib

from ssmtui.config.toml_places import Places
from tests.support.toml_texts import NASTY, paths

TEXT = """\
# a comment = 1
version = 1
profiles.x.a = 1
"q.q" . b = { c = 1, d.e = [1,
 2, { z = \"\"\"
not = "a key"
\"\"\" } ] }
[folders."prod/db"]   # [no.header]
guard = true
[profiles.'db shell'.parameters]
command = ["x",
  # remark
  "y",
]
[[tabs]]
n = 1
[tabs.s]
m = 1979-05-27 07:32:00 # c
[[tabs]]
n = ''
"""


def test_lines_of_keys_headers_elements_and_inline_tables() -> None:
    places = Places(TEXT)
    expected = {
        ("version",): 2,
        ("profiles", "x", "a"): 3,
        ("profiles", "x"): 3,
        ("q.q", "b", "c"): 4,
        ("q.q", "b", "d", "e", 1): 5,
        ("q.q", "b", "d", "e", 2, "z"): 5,
        ("folders", "prod/db"): 8,
        ("folders", "prod/db", "guard"): 9,
        ("profiles", "db shell"): 10,
        ("profiles", "db shell", "parameters", "command", 1): 13,
        ("tabs", 0, "s", "m"): 18,
        ("tabs", 1): 19,
        ("tabs", 1, "n"): 20,
        ("not",): 0,
        ("folders", "prod"): 0,
    }
    assert {path: places.line_of(path) for path in expected} == expected


def test_the_header_of_a_table_comes_before_what_only_implies_it() -> None:
    assert Places("[a.b]\nx = 1\n[a]\ny = 1\n").line_of(("a",)) == 3


def test_a_text_that_breaks_off_has_lines_up_to_there() -> None:
    places = Places('a = 1\n[b]\nc = 2\nd = "open\n[e]\nf = 3')
    assert places.line_of(("b", "c")) == 3
    assert places.line_of(("e", "f")) == 0


def test_all_that_tomllib_reads_has_a_line() -> None:
    for name, text in NASTY.items():
        places = Places(text)
        for path in paths(tomllib.loads(text)):
            assert places.line_of(path), (name, path)
