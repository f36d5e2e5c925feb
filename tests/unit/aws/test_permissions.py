"""The table of permissions, and the policies that are made of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ssmtui.aws import permissions
from ssmtui.model import SESSION_STATEMENT

README = (Path(__file__).parents[3] / "README.md").read_text()


def test_the_least_policy_is_that_of_the_readme() -> None:
    (least,) = re.findall(r'```json\n(\{\n  "Version".*?)```', README, re.DOTALL)
    needed = [permission.action for permission in permissions.PERMISSIONS if permission.is_needed]
    assert permissions.policy(needed) == json.loads(least)


def test_what_the_readme_names_is_in_the_table() -> None:
    """A remedy for a denied action may not know less than the README."""
    rows = re.findall(r"^\| (`[^|]+) \|", README[README.index("| Permission |") :].partition("\n\n")[0], re.MULTILINE)
    named, service = set(), ""
    for word in re.findall(r"`([\w:-]+)`", " ".join(rows)):
        service, _, action = word.rpartition(":") if ":" in word else (service, "", word)
        if action[0].isupper() and action != "Describe":
            named.add(f"{service}:{action}")
        elif service == "rds-db":
            named.add(word)
    known = {permission.action for permission in permissions.PERMISSIONS}
    documents = {name for name in named if ":AWS-" in name or ":SSM-" in name}
    assert len(named - documents) > 20
    assert named - documents <= known


def test_statements_share_resources_and_condition() -> None:
    made = permissions.policy(
        ["ssm:ResumeSession", "ec2:DescribeInstances", "ssm:TerminateSession", "ec2:describeregions"]
    )
    assert made["Statement"] == [
        SESSION_STATEMENT,
        {"Effect": "Allow", "Action": ["ec2:DescribeInstances", "ec2:DescribeRegions"], "Resource": "*"},
    ]


def test_an_action_that_is_not_in_the_table_is_allowed_on_everything() -> None:
    assert permissions.policy(["sts:GetCallerIdentity"])["Statement"] == [
        {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}
    ]
