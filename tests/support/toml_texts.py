"""TOML as people write it, and worse; all of it is what ``tomllib`` accepts."""
# ruff: noqa: E501 - a text a line can be compared with the one above

import tomllib

from hypothesis import strategies as st

from ssmtui.config.toml_scan import Path

NASTY = {
    "empty": "",
    "only a comment": "# nothing yet",
    "only blank lines": "\n\r\n  \n",
    "no line ending at the end": "[profiles.a]\ntarget = 'i-1'",
    "CRLF": "# mine\r\nversion = 1\r\n\r\n[profiles.a]\r\ntarget = 'i-1'  # web\r\n\r\n# about b\r\n[profiles.b]\r\nx = 1\r\n",
    "mixed line endings": "version = 1\r\n[profiles.a]\nx = 1\r\n[profiles.b]\ny = 2\n",
    "CRLF in texts of several lines": "a = \"\"\"\r\none\r\ntwo\\\r\n   three\"\"\"\r\nb = '''\r\nx\r\n'''\r\n",
    "dotted keys": "profiles.a.x = 1\nprofiles . a . y = 2 # why\nprofiles.'b c'.x = 3\nversion = 1\n",
    "dotted keys in a section": '[profiles]\na.x = 1\n"a" . z.deep = 2\nb.x = 3\n\n[folders]\n',
    "quoted keys": '[profiles."db shell"]\n"target" = "i-1"\n\'q.r\' = 1\n"" = "no name"\n"\\u00e4\\"\\\\" = 2\n',
    "odd spacing": "   [  profiles . a  ]   # here\n\t x=1\n\ty   =   2\n\n\n\n[ profiles.b ]\nz\t=\t3   \n",
    "inline tables": "p = {}\nq={a=1,b={c=2}}\nr = { x.y = 1 , x.z = [ { k = 1 }, {} ] } # end\n[profiles]\na = { x = 'i-1' }\n",
    "arrays": "a = []\nb = [ ]\nc = [\n]\nd = [1,2,]\ne = [\n  'x', # first\n  # between\n  'y' # second\n  , 'z'\n]\n"
    "f = [[1, [2]], [\n3\n]]\n",
    "brackets in texts": "a = '[{'\nb = [\"]\", '}#', '''\n]\n''', \"\"\"\n}\"\"\"]\nc = { d = '=' }  # ]\n# [x]\n",
    "quotes at the ends of texts": 'a = """"x"""""\nb = \'\'\'\'y\'\'\'\'\'\nc = """\\""""\nd = ""\ne = """"""\nf = \'\'\'\'\'\'\n',
    "tables out of order": "[profiles.a]\nx = 1\n[folders.p]\ny = 1\n[profiles.b]\nz = 1\n[profiles.a.parameters]\nc = 'x'\n# last\n",
    "a table after its own tables": "# top\n[profiles.a.parameters]\nc = 'x'\n\n[profiles.a]\nx = 1\n[profiles]\n",
    "arrays of tables": "[[tabs]]\nn = 1\n[tabs.env]\nx = 1\n\n# second\n[[tabs]]\nn = 2\n[[tabs.panes]]\np = 1\n[[tabs.panes]]\n"
    "p = 2\n[tabs.panes.q]\nr = 1\n[other]\n[[empty]]\n[[empty]]\n",
    "dates and numbers": "a = 1979-05-27 07:32:00\nb = 1979-05-27T07:32:00.5Z\nc = 07:32:00\nd = 1979-05-27\ne = [ 1979-05-27 07:32:00, 0x1F ]\n"
    "f = 1_000\ng = -0.0\nh = nan\ni = +inf\nj = 1e5 # k\n",
    "comments everywhere": "# file\n\n# about a\n[profiles.a] # header\n# first\nx = 1 # one\n\n# alone\n\ny = 2\n# below\n# below too\n\n"
    "# about b\n# more\n[profiles.b]\n# nothing in it\n\n# the end\n",
    "bare keys that look like numbers": "1 = 2\n3.4 = 5\ntrue = false\n-_- = 1\n",
    "emptied tables": "[a]\n[b.c]\n[d.e.f]\n\n\n[b]\n",
}

_KEYS = ["a", "b c", "ä", "x", "1", "prod/db"]
_VALUES = [
    "'i-1'",
    '"a # b"',
    '"""\nl1\nl2 [x]\n"""',
    "'''\n# no comment\n'''",
    "1",
    "0.5",
    "true",
    "1979-05-27 07:32:00",
    "[]",
    "[1, 'two']",
    "[\n  'a', # first\n  'x'\n]",
    "['a', [ 'b', ], ]",
    "{}",
    "{ x = 1, y.z = 'q', 'b c' = [1] }",
    "[ { x = 1 }, { y = { z = 2 } } ]",
]


def paths(data: object, path: Path = ()) -> list[Path]:
    """The path of each key and each item of an array in ``data``."""
    below = [path] if path else []
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in children:
        below += paths(value, (*path, key))
    return below


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Texts of sections, dotted keys, arrays of tables, comments and gaps in any order that TOML allows."""
    lines: list[str] = []
    for _ in range(draw(st.integers(0, 5))):
        if draw(st.booleans()):
            name = ".".join(_spelled(draw) for _ in range(draw(st.integers(1, 3))))
            header = draw(st.sampled_from(["[{}]", "[{}]", "[ {} ] # head", "  [{}]", "[[{}]]"]))
            _add(lines, draw(st.sampled_from(["", "", "# above\n", "\n"])) + header.format(name))
        for _ in range(draw(st.integers(0, 3))):
            key = " . ".join(_spelled(draw) for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))))
            equals = draw(st.sampled_from([" = ", "=", "\t=  "]))
            _add(lines, f"{draw(st.sampled_from(['', '  ']))}{key}{equals}{draw(st.sampled_from(_VALUES))}")
            lines[-1:] = [line + draw(st.sampled_from(["", "  # why", "\n# below", "\n\n"])) for line in lines[-1:]]
    text = "\n".join(lines) + draw(st.sampled_from(["\n", "", "\n\n# end\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))


def _spelled(draw: st.DrawFn) -> str:
    key = draw(st.sampled_from(_KEYS))
    quoted = draw(st.sampled_from(['"{}"', "'{}'"])).format(key)
    return key if key.isascii() and key.isalnum() and draw(st.booleans()) else quoted


def _add(lines: list[str], line: str) -> None:
    """Where TOML does not allow it, it is left out."""
    try:
        tomllib.loads("\n".join([*lines, line]) + "\n")
    except tomllib.TOMLDecodeError:
        return
    lines.append(line)
