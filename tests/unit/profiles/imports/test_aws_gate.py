from pathlib import Path

import pytest

from ssmtui.profiles.imports import aws_gate
from ssmtui.profiles.imports.found import Imported
from tests.support.filters import reads

CONFIG = """
defaults: &d
  profile: development
  region: eu-west-1
hosts:
  - alias: backend-pre
    name: backend
    profile: preproduction
  - alias: by-id
    name: i-0772e4c1dcdd763b6
    region: us-east-1
  - {alias: address, name: 172.31.35.113}
  - {alias: private, name: ip-172-31-35-113.eu-west-1.compute.internal}
  - {alias: group, name: 'asg:dummy-v001'}
  - {alias: tag, name: 'cost center:A 7'}
  - {alias: aws, name: 'aws:autoscaling:groupName:x'}
  - {alias: public, name: ec2-34-245-174-132.eu-west-1.compute.amazonaws.com}
  - {<<: *d, alias: merged, name: web, region: eu-north-1}
  - alias: nameless
  - just a text
"""


def read(*texts: str) -> Imported:
    return aws_gate.read({Path(f"{number}.yaml"): text for number, text in enumerate(texts)})


def test_hosts_with_their_defaults() -> None:
    imported = read(CONFIG)
    found = {one.name: dict(one.values) for one in imported.found}
    usual = {"aws_profile": "development", "region": "eu-west-1"}
    assert found == {
        "backend-pre": {"query": "name:=backend", "aws_profile": "preproduction", "region": "eu-west-1"},
        "by-id": {"target": "i-0772e4c1dcdd763b6", "aws_profile": "development", "region": "us-east-1"},
        "address": {"query": "ip:=172.31.35.113", **usual},
        "private": {"query": "ip:=172.31.35.113", **usual},
        "group": {"query": "tag:aws:autoscaling:groupName=dummy-v001", **usual},
        "tag": {"query": 'tag:"cost center"="A 7"', **usual},
        "aws": {"query": 'tag:"aws:autoscaling:groupName"=x', **usual},
        "merged": {"query": "name:=web", "aws_profile": "development", "region": "eu-north-1"},
    }
    assert all(reads(values["query"]) for values in found.values() if "query" in values)
    assert imported.found[1].place.line == 9
    assert [(one.place.line, one.text[:30]) for one in imported.left] == [
        (17, "ec2-34-245-174-132.eu-west-1.c"),
        (19, "a host without a name is left "),
        (20, "a host without a name is left "),
    ]


def test_files_add_up_and_the_last_default_wins() -> None:
    imported = read(
        "hosts: [{name: a}]\ndefaults: {region: eu-west-1}", "hosts: [{name: b}]\ndefaults: {region: eu-west-2}"
    )
    assert [(one.name, one.values["region"]) for one in imported.found] == [("a", "eu-west-2"), ("b", "eu-west-2")]


BOMB = "a: &a {name: x}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join(['*' + before] * 9)}]}}\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hosts: [", "not YAML"),
        ("- a\n- b\n", "not a configuration of aws-gate"),
        ("hosts: !!python/object/apply:os.system ['true']", ""),
        ("[" * 5000, "not YAML"),
        ("", ""),
        (BOMB + "hosts:\n  - {<<: *i, alias: bomb}\n", "without a name"),
        ("hosts: &h [*h]", "without a name"),
    ],
)
def test_bad_and_hostile_files_are_told(text: str, told: str) -> None:
    imported = read(text)
    assert not imported.found
    assert told in " ".join(one.text for one in imported.left)


def test_the_files_of_a_directory_come_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "config.d").mkdir()
    for name in ("config", "config.d/b", "config.d/a"):
        (tmp_path / name).touch()
    assert aws_gate.files(tmp_path) == [tmp_path / "config.d/a", tmp_path / "config.d/b", tmp_path / "config"]
    assert aws_gate.files(tmp_path / "nowhere") == []


def test_item_9_null_is_no_value_and_public_names_are_known_in_every_partition() -> None:
    imported = read("""
defaults: {profile: production, region: eu-west-1}
hosts:
  - {alias: tagged, name: "Environment:prod", profile: null}
  - {alias: east, name: ip-10-1-2-3.ec2.internal, profile: ~}
  - {alias: china, name: ec2-1-2-3-4.cn-north-1.compute.amazonaws.com.cn, region: cn-north-1}
  - {alias: first, name: ec2-1-2-3-4.compute-1.amazonaws.com}
""")
    assert {one.name: dict(one.values) for one in imported.found} == {
        "tagged": {"query": "tag:Environment=prod", "region": "eu-west-1"},
        "east": {"query": "ip:=10.1.2.3", "region": "eu-west-1"},
    }
    assert [(one.place.line, one.text) for one in imported.left[:2]] == [
        (4, "tagged: its profile is null or empty; the default is not used"),
        (5, "east: its profile is null or empty; the default is not used"),
    ]
    assert [one.place.line for one in imported.left[2:]] == [6, 7]
