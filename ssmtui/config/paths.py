"""Where ssmtui keeps its files. Nothing is created until somebody writes.

The XDG variables count on every system, macOS included, as terminal people expect; otherwise the system's own places.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import platformdirs

APP = "ssmtui"


class Paths(NamedTuple):
    """The four directories, and the files with fixed names in them."""

    config: Path
    state: Path
    """Logs and what is remembered: what may be lost, but not at every start."""
    cache: Path
    data: Path
    """What was made here, and is not made again."""

    @property
    def settings(self) -> Path:
        """The settings file, read when ``--config`` names no other."""
        return self.config / "config.toml"

    @property
    def profiles(self) -> Path:
        """The person's own saved connections."""
        return self.config / "profiles.toml"

    @property
    def shared_profiles(self) -> Path:
        """The directory of those that a team shares, in any number of files."""
        return self.config / "profiles.d"

    @property
    def log(self) -> Path:
        """Where warnings and the details of a crash go when ``--log-file`` names no other file."""
        return self.state / "ssmtui.log"

    @property
    def memory(self) -> Path:
        """What the program remembers by itself from one run to the next."""
        return self.state / "memory.json"

    @property
    def workspaces(self) -> Path:
        """The tabs of earlier runs that can be brought back."""
        return self.state / "workspaces.json"

    @property
    def ledger(self) -> Path:
        """The directory of the sessions that live, a file each."""
        return self.state / "ledger"

    @property
    def journal(self) -> Path:
        """What has become of the sessions that are over."""
        return self.state / "journal.jsonl"

    @property
    def inventory(self) -> Path:
        """The directory of the nodes that are known, a file a scope."""
        return self.cache / "inventory"

    @property
    def recordings(self) -> Path:
        """The directory of recorded sessions, a file each."""
        return self.data / "recordings"


def find(environment: Mapping[str, str] | None = None) -> Paths:
    """The directories for this person on this system."""
    variables = os.environ if environment is None else environment
    system = platformdirs.PlatformDirs(APP, appauthor=False)
    return Paths(
        config=_xdg(variables, "XDG_CONFIG_HOME") or system.user_config_path,
        state=_xdg(variables, "XDG_STATE_HOME") or system.user_state_path,
        cache=_xdg(variables, "XDG_CACHE_HOME") or system.user_cache_path,
        data=_xdg(variables, "XDG_DATA_HOME") or system.user_data_path,
    )


def runtime(environment: Mapping[str, str] | None = None) -> Path:
    """The directory for sockets, which may be gone after this person's last login has ended. It is not made, and may be
    anybody's: look at it before it is used. Raises OSError where the system has no such place."""
    variables = os.environ if environment is None else environment
    named = _xdg(variables, "XDG_RUNTIME_DIR")
    # With sudo and su it is another person's.
    if named is not None and _is_own(named.parent):
        return named
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the variable is not set is no news
        return platformdirs.PlatformDirs(APP, appauthor=False).user_runtime_path


def _is_own(directory: Path) -> bool:
    try:
        return not hasattr(os, "geteuid") or directory.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _xdg(variables: Mapping[str, str], name: str) -> Path | None:
    """The specification has relative paths ignored."""
    base = variables.get(name, "")
    return Path(base) / APP if os.path.isabs(base) else None
