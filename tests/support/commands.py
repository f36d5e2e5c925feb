"""All commands as they are declared, for tests that run none of them."""

from typing import Any, cast

from ssmtui.ui.frame.all_commands import all_commands

COMMANDS = tuple(all_commands(cast(Any, None)))
