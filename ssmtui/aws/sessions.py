"""The botocore sessions of all scopes: one for each AWS profile, shared by its regions, made when first needed."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable, Hashable
from datetime import UTC, datetime

from ssmtui.aws.configuration import AwsFiles, configuration_paths, read_aws_files, unreadable
from ssmtui.aws.credentials import facts_of
from ssmtui.aws.remedies import explain, placed
from ssmtui.aws.session import AwsSession, ProfileSession, Source
from ssmtui.aws.translate import translate
from ssmtui.contained import Contained
from ssmtui.errors import CredentialsError, SsmtuiError, defect
from ssmtui.model import CredentialFacts
from ssmtui.sign_in import SignIn

log = logging.getLogger(__name__)

Prepared = Callable[["SsmtuiError | None"], None]
"""Is given what is wrong with credentials, or None once they are there; in whatever thread knows it."""


class _Opened:
    """What has been made for one AWS profile."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        """Held while its session is made, which may start programs: other AWS profiles must not wait for that."""
        self.profile: ProfileSession | None = None
        self.regions: dict[Source, AwsSession] = {}
        self.stale: ProfileSession | None = None
        """What :attr:`profile` must not be any more with the next call."""
        self.sign_ins = 0
        """How many have been done, of whatever AWS profile."""
        self.waiting: list[Prepared] | None = None
        """Who waits for credentials that are being fetched; None while none are."""

    def drop_stale(self) -> None:
        """Forget what is stale. While :attr:`lock` is held."""
        if self.profile is not None and self.stale is self.profile:
            self.profile, regions = None, self.regions
            self.regions = {}
            for region in regions.values():
                region.close()
        self.stale = None

    def is_ready(self) -> bool:
        """Whether a call with it would have to wait for credentials neither here nor at their source."""
        profile = self.profile
        return profile is not None and self.stale is not profile and profile.is_ready


class _FilesRead:
    """Both files of the AWS configuration, read again when they have changed: a list of accounts asks once for each
    AWS profile, and files with hundreds of them take tens of milliseconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: tuple[object, AwsFiles] | None = None

    def get(self) -> AwsFiles:
        """The files as they are now. Blocks."""
        with self._lock:
            signature = [_signature(path) for path in configuration_paths()]
            if self._read is None or self._read[0] != signature:
                self._read = (signature, read_aws_files())
            return self._read[1]


def _signature(path: str) -> tuple[object, ...]:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return (path,)
    return path, found.st_ino, found.st_size, found.st_mtime_ns


class AwsSessions:
    """Sessions by where they come from. Any thread may ask; all methods may block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: dict[Hashable, _Opened] = {}
        self._files = _FilesRead()
        self._contained = Contained("AWS credentials")
        self._made: weakref.WeakSet[ProfileSession] = weakref.WeakSet()
        """All that are still used: one that was forgotten may be fetching credentials still."""

    def get(self, source: Source) -> AwsSession:
        """The session for ``source``; a name, region or file that is wrong is reported here."""
        opened = self._of(source)
        with opened.lock:
            opened.drop_stale()
            found = opened.regions.get(source)
            if found is None:
                try:
                    found = opened.regions[source] = AwsSession(source, self._profile(source, opened))
                except Exception as error:
                    raise _translated(error, source) from error
            return found

    def is_ready(self, source: Source) -> bool:
        """Whether a call would not have to wait for credentials. Never blocks."""
        return source.sealed or source.static is not None or self._of(source).is_ready()

    def prepare(self, source: Source, prepared: Prepared) -> None:
        """Fetch the credentials of ``source`` in a thread of its own, for all that wait for them, and call
        ``prepared``. Never blocks.

        Credentials may take a minute (a program that waits for a person, an endpoint that does not answer): calls of
        one AWS profile that wait for them must not take the threads from all others.
        """
        if self.is_ready(source):
            prepared(None)
            return
        opened = self._of(source)
        with self._lock:
            if opened.waiting is not None:
                opened.waiting.append(prepared)
                return
            opened.waiting = [prepared]
        name = f"ssmtui-aws-credentials-{source.aws_profile or 'default'}"
        threading.Thread(target=self._fetch, args=(source, opened), name=name, daemon=True).start()

    def _fetch(self, source: Source, opened: _Opened) -> None:
        while True:
            sign_ins = opened.sign_ins
            try:
                problem = self._problem(source, opened)
            except Exception as error:  # who waits must hear of it
                log.exception("credentials cannot be fetched")
                problem = defect(error, "Credentials cannot be fetched because of a defect in ssmtui")
            with self._lock:
                # Who has signed in meanwhile must not hear that nobody has.
                if not isinstance(problem, CredentialsError) or opened.sign_ins == sign_ins:
                    waiting, opened.waiting = opened.waiting or [], None
                    break
        for prepared in waiting:
            self._contained.call(prepared, problem)

    def _problem(self, source: Source, opened: _Opened) -> SsmtuiError | None:
        """Fetch the credentials; what is wrong with them."""
        profile: ProfileSession | None = None
        try:
            with opened.lock:
                profile = self._profile(source, opened)
            profile.credentials()
        except Exception as error:
            problem = _translated(error, source)
            if isinstance(problem, CredentialsError):
                explain(problem, profile)
                self._mark_stale(lambda one: one is profile)
            return problem
        return None

    def _profile(self, source: Source, opened: _Opened) -> ProfileSession:
        """The session of an AWS profile, while ``opened.lock`` is held."""
        opened.drop_stale()
        if opened.profile is None:
            opened.profile = ProfileSession(source)
            with self._lock:
                self._made.add(opened.profile)
        return opened.profile

    def _of(self, source: Source) -> _Opened:
        with self._lock:
            return self._opened.setdefault((source.aws_profile, source.static), _Opened())

    def forget(self, aws: AwsSession) -> None:
        """The next call with this AWS profile, in any region, reads files and caches anew: somebody may have signed in
        since ``aws`` was made. Never blocks."""
        self._mark_stale(lambda profile: profile is aws.profile)

    def forget_source(self, sign_in: SignIn) -> None:
        """The same of all AWS profiles that this sign-in is for. Never blocks."""
        with self._lock:
            for one in self._opened.values():
                one.sign_ins += 1
        self._mark_stale(lambda profile: any(one.key == sign_in.key for one in profile.sign_ins))

    def facts(self, aws_profile: str | None) -> CredentialFacts:
        """What is known of the credentials of an AWS profile; raises
        :class:`ssmtui.errors.ConfigurationError` for files that cannot be read."""
        files = self._files.get()
        if files.refusals:
            raise unreadable(files.refusals)
        with self._lock:
            opened = [one.profile for one in self._opened.values() if one.profile and not one.profile.is_given]
        ends = (one.fetched_until for one in opened if one.name == aws_profile)
        return facts_of(files.profiles, aws_profile, next(filter(None, ends), None), datetime.now(UTC))

    def _mark_stale(self, which: Callable[[ProfileSession], bool]) -> None:
        with self._lock:
            for one in self._opened.values():
                if one.profile is not None and which(one.profile):
                    one.stale = one.profile

    def close(self) -> None:
        """Close all connections that are kept open, and end what fetches credentials. Never blocks."""
        with self._lock:
            opened, made = list(self._opened.values()), list(self._made)
        for profile in made:
            profile.close()
        for one in opened:
            for region in list(one.regions.values()):
                region.close()


def _translated(error: Exception, source: Source) -> SsmtuiError:
    problem = translate(error)
    if problem is not error:
        problem.__cause__ = error
    return problem if source.sealed or source.static is not None else placed(problem, source.aws_profile)
