"""The botocore sessions of all scopes: one for each AWS profile, shared by its regions, made when first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from datetime import UTC, datetime

from ssmtui.aws.credentials import facts_of
from ssmtui.aws.session import AwsSession, ProfileSession, Source
from ssmtui.aws.translate import translate
from ssmtui.model import CredentialFacts
from ssmtui.sign_in import SignIn


class _Opened:
    """What has been made for one AWS profile."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        """Held while its session is made, which may start programs: other AWS profiles must not wait for that."""
        self.profile: ProfileSession | None = None
        self.regions: dict[Source, AwsSession] = {}
        self.stale: ProfileSession | None = None
        """What :attr:`profile` must not be any more with the next call."""

    def drop_stale(self) -> None:
        """Forget what is stale. While :attr:`lock` is held."""
        if self.profile is not None and self.stale is self.profile:
            self.profile, regions = None, self.regions
            self.regions = {}
            for region in regions.values():
                region.close()
        self.stale = None


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
            opened.drop_stale()
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
        since ``aws`` was made. Never blocks."""
        self._mark_stale(lambda profile: profile is aws.profile)

    def forget_source(self, sign_in: SignIn) -> None:
        """The same of all AWS profiles that this sign-in is for. Never blocks."""
        self._mark_stale(lambda profile: any(one.key == sign_in.key for one in profile.sign_ins))

    def facts(self, aws_profile: str | None) -> CredentialFacts:
        """What is known of the credentials of an AWS profile; raises
        :class:`ssmtui.errors.ConfigurationError` for files that cannot be read."""
        import botocore.session

        try:
            profiles = botocore.session.Session().full_config.get("profiles", {})
        except Exception as error:
            raise translate(error) from error
        with self._lock:
            opened = [one.profile for one in self._opened.values() if one.profile and not one.profile.sealed]
        ends = (one.fetched_until() for one in opened if one.name == aws_profile)
        return facts_of(profiles, aws_profile, next(filter(None, ends), None), datetime.now(UTC))

    def _mark_stale(self, which: Callable[[ProfileSession], bool]) -> None:
        with self._lock:
            for one in self._opened.values():
                if one.profile is not None and which(one.profile):
                    one.stale = one.profile

    def close(self) -> None:
        """Close all connections that are kept open. Never blocks."""
        with self._lock:
            opened = list(self._opened.values())
        for one in opened:
            for region in list(one.regions.values()):
                region.close()
