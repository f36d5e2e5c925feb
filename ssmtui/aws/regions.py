"""The regions that are known without asking AWS."""

from __future__ import annotations

from collections.abc import Sequence


def known_regions() -> Sequence[str]:
    """The regions of all partitions that botocore knows to have Systems Manager, those of AWS's own first; sorted
    within a partition. Reads botocore's files: call it off the loop."""
    import botocore.session

    core = botocore.session.Session()
    return [
        region
        for partition in core.get_available_partitions()
        for region in sorted(core.get_available_regions("ssm", partition_name=partition))
    ]
