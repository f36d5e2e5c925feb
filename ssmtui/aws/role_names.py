"""The names of role sessions: one for each role, for as long as the program runs, and beyond where the cache has it.

Where an AWS profile has no ``role_session_name``, botocore makes a name up each time that the AWS profile is read, and
takes over that of credentials which the AWS CLI has cached. The policy variable ``aws:userid`` ends in that name, and
so does the tag of each session of Session Manager: under a policy that lets people resume and end their own sessions
only, nobody may touch a session any more once the name has changed.

Imports botocore: only what sets up credentials uses it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.utils import JSONFileCache

from ssmtui.private_file import make_private

_VALID = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
"""STS AssumeRole, RoleSessionName."""

_lock = threading.Lock()
_names: dict[str, str] = {}
"""The name of each role's sessions, by the role's key in the cache of the AWS CLI."""


class RoleCache(JSONFileCache):
    """The AWS CLI's cache of assumed roles, without those that go by another name than the one in use here."""

    def __init__(self, working_dir: str) -> None:
        super().__init__(working_dir)
        self._folder = Path(working_dir)

    def __contains__(self, cache_key: str) -> bool:
        name = self.name(cache_key)
        return name is not None and (not name or name == _kept(cache_key, name))

    def __setitem__(self, cache_key: str, value: object) -> None:
        # botocore makes the folders as the umask has it.
        make_private(self._folder)
        super().__setitem__(cache_key, value)

    def name(self, cache_key: str) -> str | None:
        """The name that a cached role goes by, be it ended or not; empty where it says none, None where there is no
        such role that could be used."""
        try:
            response = self[cache_key]
        except KeyError:
            return None
        credentials = response.get("Credentials") if isinstance(response, Mapping) else None
        if not isinstance(credentials, Mapping) or not isinstance(credentials.get("Expiration"), str):
            return None
        user = response.get("AssumedRoleUser")
        arn = user.get("Arn") if isinstance(user, Mapping) else None
        name = arn.rpartition("/")[2] if isinstance(arn, str) else ""
        return name if _VALID.fullmatch(name) else ""


def keep_names(provider: Any, cache: RoleCache | None = None) -> None:
    """Have the credentials of a provider for roles be fetched under the name that is in use here, at first that in
    ``cache``.

    ``provider`` is one of botocore's two, ``assume-role`` or ``assume-role-with-web-identity``.
    """
    load = provider.load

    def load_and_keep() -> object:
        credentials = load()
        _keep_name(credentials, cache)
        return credentials

    provider.load = load_and_keep


def _keep_name(credentials: object, cache: RoleCache | None) -> None:
    # botocore has no public way to do so. Where its own is called differently, names go on changing.
    refresh = getattr(credentials, "_refresh_using", None)
    # A role with a code has something around it that lets it be fetched once.
    fetcher: Any = getattr(getattr(refresh, "_refresh", refresh), "__self__", None)
    arguments, key = getattr(fetcher, "_assume_kwargs", None), getattr(fetcher, "_cache_key", None)
    is_made_up = getattr(fetcher, "_using_default_session_name", False)
    if not is_made_up or not isinstance(arguments, dict) or not isinstance(key, str):
        return
    arguments["RoleSessionName"] = name_in_use(key, str(arguments.get("RoleSessionName")), cache)


def name_in_use(cache_key: str, made_up: str, cache: RoleCache | None = None) -> str:
    """The name of a role's sessions: that in use here, else that in ``cache``, else ``made_up``, which is in use from
    then on."""
    # Sessions may have outlived the credentials that they were started with, and the program.
    return _kept(cache_key, (cache.name(cache_key) if cache is not None else None) or made_up)


def _kept(key: str, name: str) -> str:
    """The name in use for a role: the first one that is asked about."""
    with _lock:
        return _names.setdefault(key, name)
