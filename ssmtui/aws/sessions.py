"""The botocore sessions of all scopes: one for each AWS profile, shared by its regions, made when first needed."""

from __future__ import annotations

import threading
from collections.abc import Hashable

from ssmtui.aws.session import AwsSession, ProfileSession, Source
from ssmtui.aws.translate import translate


class _Opened:
    """What has been made for one AWS profile."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        """Held while its session is made, which may start programs: other AWS profiles must not wait for that."""
        self.profile: ProfileSession | None = None
        self.regions: dict[Source, AwsSession] = {}


class AwsSessions:
    """Sessions by where they come from. Any thread may ask; all methods may block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: dict[Hashable, _Opened] = {}

    def get(self, source: Source) -> AwsSession:
        """The session for ``source``; a name, region or file that is wrong is reported here."""
        with self._lock:
            opened = self._opened.setdefault((source.aws_profile, source.static), _Opened())
        with opened.lock:
            found = opened.regions.get(source)
            if found is None:
                try:
                    opened.profile = opened.profile or ProfileSession(source)
                    found = opened.regions[source] = AwsSession(source, opened.profile)
                except Exception as error:
                    raise translate(error) from error
            return found

    def forget(self, aws: AwsSession) -> None:
        """The next call with this AWS profile, in any region, reads files and caches anew: somebody may have signed in
        since ``aws`` was made."""
        with self._lock:
            opened = [one for one in self._opened.values() if one.profile is aws.profile]
        for one in opened:
            with one.lock:
                if one.profile is aws.profile:
                    one.profile, regions = None, one.regions
                    one.regions = {}
                    for region in regions.values():
                        region.close()

    def close(self) -> None:
        """Close all connections that are kept open. Never blocks."""
        with self._lock:
            opened = list(self._opened.values())
        for one in opened:
            for region in list(one.regions.values()):
                region.close()
