"""Opens web addresses, and nothing else, in the browser of the desktop that this runs on."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from ssmtui import desktop

_WEB_ADDRESS = re.compile(r"https?://[\x21-\x7e]+", re.IGNORECASE)


def is_web_address(address: str) -> bool:
    """Whether ``address`` may be opened: http or https, in visible ASCII."""
    return _WEB_ADDRESS.fullmatch(address) is not None and bool(host_of(address))


def host_of(address: str) -> str:
    """The host that an address leads to, whatever else it seems to say; empty where there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


class Browser:
    """``environment`` is that of the process: it says what desktop there is."""

    def __init__(self, environment: desktop.Environment, platform: str = sys.platform) -> None:
        self._environment = environment
        self._platform = platform

    def open(self, address: str) -> bool:
        """Open a web address; returns whether a program took it. Blocks for a while: call it in a thread."""
        if not is_web_address(address):
            return False
        return any(desktop.opens([*command, address], self._environment) for command in self._openers())

    @property
    def can_open(self) -> bool:
        """Whether the person sits at this machine, and it has a desktop that opens addresses. Looks for programs."""
        return any(shutil.which(command[0], path=self._environment.get("PATH")) for command in self._openers())

    def _openers(self) -> Iterator[Sequence[str]]:
        """What opens addresses here; never a browser for terminals, which would draw over the screen."""
        environment = self._environment
        if desktop.is_elsewhere(environment):
            return
        if self._platform == "darwin":
            yield ["open"]
        elif environment.get("WSL_DISTRO_NAME") or self._platform == "win32":
            # Not `start`, with which a shell would interpret the address.
            yield ["rundll32.exe", "url.dll,FileProtocolHandler"]
        elif environment.get("WAYLAND_DISPLAY") or environment.get("DISPLAY"):
            yield ["xdg-open"]
