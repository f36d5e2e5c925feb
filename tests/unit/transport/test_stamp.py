"""The one source of ids and wall time."""

from __future__ import annotations

import time

from ssmtui.transport.stamp import new_stamp


def test_a_stamp_is_a_fresh_uuid4_with_the_time_in_milliseconds() -> None:
    before = time.time()
    one, other = new_stamp(), new_stamp()
    assert one.message_id != other.message_id
    assert one.message_id.version == 4
    assert int(before * 1000) <= one.created <= int(time.time() * 1000)
