"""All commands as they are declared, for tests that run none of them."""

from unittest.mock import Mock

from ssmtui.config.settings import LoadedSettings, Settings
from ssmtui.ui.frame.features import Features

COMMANDS = tuple(
    Features(
        Mock(), Mock(), Mock(), Mock(), Mock(), loaded=LoadedSettings(Settings()), clock=Mock(), browser=Mock()
    ).commands
)
