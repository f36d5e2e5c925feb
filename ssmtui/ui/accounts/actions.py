"""Which AWS profiles and regions are listed, and what went wrong with them: the dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp


def choose_scopes(app: SsmtuiApp) -> None:
    """Ask which AWS profiles and regions to list."""
    from ssmtui.ui.accounts.dialog import ScopesScreen

    services = app.services
    assert services is not None
    app.push_screen(ScopesScreen(services.gateways, services.fleet, app.main.nodes.now))


def show_troubles(app: SsmtuiApp) -> None:
    """Show all that is wrong with the chosen scopes."""
    from ssmtui.ui.accounts.troubles import Troubles

    app.push_screen(Troubles(app.main.nodes.states, app.main.nodes.now))
