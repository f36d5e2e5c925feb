"""Regions that are known without asking."""

from ssmtui.aws.regions import known_regions
from ssmtui.ui.accounts.choice import is_region


def test_all_partitions_are_there_and_all_names_are_well_formed() -> None:
    known = known_regions()
    assert {"eu-west-1", "af-south-1", "cn-north-1", "us-gov-east-1"} <= set(known)
    assert known.index("us-west-2") < known.index("cn-north-1")
    assert [region for region in known if not is_region(region)] == []
