"""The one source of ids and wall time."""

from __future__ import annotations

import time
import uuid

from ssmtui.transport.stamp import new_stamp


def test_a_stamp_is_a_fresh_uuid4_with_the_time_in_milliseconds() -> None:
    before = time.time()
    one, other = new_stamp(), new_stamp()
    assert one.message_id != other.message_id
    assert one.message_id.version == 4
    assert one.message_id.variant == uuid.RFC_4122
    assert int(before * 1000) <= one.created <= int(time.time() * 1000)


def test_ids_drawn_together_are_all_fresh_and_all_of_version_4() -> None:
    ids = [new_stamp().message_id for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert {(one.version, one.variant) for one in ids} == {(4, uuid.RFC_4122)}
