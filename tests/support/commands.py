"""All commands as they are declared, for tests that run none of them."""

from unittest.mock import Mock

from ssmtui.config.settings import LoadedSettings, Settings
from ssmtui.ui.frame.features import Features

PORTS = [Mock() for _ in range(5)]
COMMANDS = tuple(
    Features(*PORTS, facts=Mock(), loaded=LoadedSettings(Settings()), clock=Mock(), browser=Mock()).commands
)
