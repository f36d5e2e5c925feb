import pytest

from ssmtui.model import Node, PingStatus, Platform
from ssmtui.ui import columns
from ssmtui.ui.tones import Tone
from tests.support.fakes import NOW, make_node

NODE = make_node(0)


def titles(width: int) -> list[str]:
    return [column.title for column, _ in columns.layout(width)]


def test_a_wide_table_shows_all_columns():
    assert titles(116) == ["NAME", "NODE ID", "PING", "PLATFORM", "AGENT", "IP", "LAST PING"]


def test_columns_go_by_rank_and_the_name_stays_to_the_last():
    assert titles(76) == ["NAME", "NODE ID", "PING", "PLATFORM"]
    assert titles(45) == ["NAME", "NODE ID"]
    assert titles(10) == ["NAME"]


@pytest.mark.parametrize("width", [40, 76, 96, 116, 150, 300])
def test_a_row_fits_its_layout_whatever_the_node_holds(width):
    layout = columns.layout(width)
    wild = NODE._replace(name="n" * 300, ip="f" * 60, platform_name="日本語" * 30, agent_version="\x1b[31m" * 9)
    taken = sum(column_width for _, column_width in layout) + columns.GAP * (len(layout) - 1)
    for node in (NODE, wild, Node("i-1", "")):
        assert [columns.words.cell_len(cell.text) for cell in columns.row(node, layout, NOW)] == [w for _, w in layout]
    assert taken <= max(width, 18)


def test_cells_hold_no_control_characters():
    wild = NODE._replace(name="a\x1b]0;x\x07b", agent_version="3\x1b[31m", ip="\u202e1.2")
    text = "".join(cell.text for cell in columns.row(wild, columns.layout(200), NOW))
    assert text.isprintable()


def test_ping_and_age_tell_a_lost_node():
    lost = make_node(5)
    assert columns.ping(lost, NOW) == ("○ lost", Tone.BAD)
    assert columns.last_ping(lost, NOW) == ("3 h", Tone.WARN)
    assert columns.last_ping(lost._replace(last_ping=None), NOW).text == "–"


def test_an_old_agent_stands_out():
    assert columns.agent(NODE._replace(agent_is_latest=False), NOW).tone is Tone.WARN
    assert columns.agent(NODE._replace(agent_is_latest=None), NOW).tone is Tone.PLAIN


@pytest.mark.parametrize(
    ("platform", "name", "version", "shown"),
    [
        (Platform.LINUX, "Ubuntu", "24.04", "Ubuntu 24.04"),
        (Platform.WINDOWS, "Microsoft Windows Server 2022 Datacenter", "10.0.20348", "Windows Server 2022"),
        (Platform.MACOS, "macOS", "14.6.1", "macOS 14.6.1"),
        (Platform.LINUX, "", "", "Linux"),
        (Platform.WINDOWS, "", "10.0", "Windows"),
    ],
)
def test_platforms_read_as_people_call_them(platform, name, version, shown):
    node = NODE._replace(platform=platform, platform_name=name, platform_version=version)
    assert columns.platform_words(node) == shown


def test_details_begin_with_why_it_cannot_be_reached():
    lost = make_node(5)
    assert columns.details(lost, NOW)[0] == (
        "Its agent is not connected (last heard 3 h ago). EC2 says it is stopped.",
        Tone.WARN,
    )
    never = lost._replace(last_ping=None, instance_state="")
    assert columns.unreachable(never, NOW) == "Its agent is not connected (last heard never)."


def test_details_of_a_node_in_reach_name_its_tags_but_not_its_name():
    text = "\n".join(cell.text for cell in columns.details(NODE, NOW))
    assert "env=staging" in text
    assert "Name=" not in text
    assert "t3.medium" in text


def test_a_bare_node_has_hardly_any_details():
    bare = Node("i-1", "", ping=PingStatus.ONLINE)
    assert [cell.text for cell in columns.details(bare, NOW)] == ["Unknown"]
