from ssmtui.aws.node_rows import AgentVersions, Common, NodeRows
from ssmtui.model import Scope


def test_an_agent_is_old_where_a_newer_one_of_its_platform_was_shown() -> None:
    agents = AgentVersions()
    for version in ("3.2.2303.0", "3.10.1.0", "3.9.9.0"):
        agents.note("Linux", version)
    agents.note("Windows", "3.1.0.0")
    assert agents.is_latest("Linux", "3.9.9.0") is False
    assert agents.is_latest("Linux", "3.10.1.0") is None
    assert agents.is_latest("Windows", "3.1.0.0") is None
    assert agents.is_latest("MacOS", "3.1.0.0") is None


def test_what_is_no_version_is_neither_old_nor_new() -> None:
    agents = AgentVersions()
    for version in ("", "beta", "3.x", "9" * 20 + ".1", "٣.3"):
        agents.note("Linux", version)
        assert agents.is_latest("Linux", version) is None
    agents.note("Linux", "3.3")
    assert agents.is_latest("Linux", "beta") is None


def test_a_page_is_seen_whole_before_any_of_its_agents_is_called_old() -> None:
    rows = NodeRows(Scope("ops", "eu-west-1"), Common())
    page = [
        {"InstanceId": f"i-{version}", "PlatformType": "Linux", "AgentVersion": version} for version in ("3.2", "3.3")
    ]
    assert [node.agent_is_latest for node in rows.nodes(page)] == [False, None]
    told = {"InstanceId": "i-1", "PlatformType": "Linux", "AgentVersion": "3.2", "IsLatestVersion": True}
    assert [node.agent_is_latest for node in rows.nodes([told])] == [True]
