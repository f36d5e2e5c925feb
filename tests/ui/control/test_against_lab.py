"""The list of sessions over the client's own gateway and a lab: after anything, it shows what the lab has."""

from __future__ import annotations

import random
from typing import Any, cast

import pytest

from ssmtui.aws.boto import open_gateway
from ssmtui.aws.session import StaticCredentials
from ssmtui.inventory.states import ScopePhase
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.model import PingStatus, StartRequest
from ssmtui.ui.control.feature import CONTROL
from tests.support.wait import SCALE, wait_until
from tests.ui.harness import Harness

STEPS = 12


@pytest.mark.parametrize("seed", range(3))
async def test_it_shows_what_the_lab_has_after_anything(seed: int) -> None:
    draw = random.Random(seed)
    lab = Lab(LabOptions(nodes=6, start_delay=0.0, shell="toy", signed_only=True, colleagues=5))
    address = await lab.start()
    static = StaticCredentials(lab.credentials.access_key_id, lab.credentials.secret_access_key)
    gateway = await open_gateway(
        region=address.environment["AWS_REGION"], endpoint_url=address.endpoint_url, static=static
    )
    nodes = [node async for page in gateway.nodes() for node in page.nodes]
    targets = [node.id for node in nodes if node.ping is PingStatus.ONLINE]
    harness = Harness(cast("Any", gateway))
    try:
        async with harness.run():
            await wait_until("the nodes are listed", lambda: harness.app.main.nodes.selected)
            await harness.settle()
            await harness.press("H")
            await wait_until("the list is open", lambda: harness.app.panes.place is CONTROL)
            for step in range(STEPS):
                here = [one for one in lab.book if one.active]
                match draw.choice(("start", "start", "end here", "end there", "look back")):
                    case "start":
                        await gateway.start_session(StartRequest(draw.choice(targets), reason=f"step {step}"))
                    case "end there" if here:
                        lab.site().live.terminate(draw.choice(here))
                    case "end here" if any(one.owner == harness.app.services.identity.arn for one in here):  # type: ignore[union-attr]
                        await harness.press("slash", *"is:mine", "enter", "g", "x", "enter")
                        await harness.tells("Ended 1 session")
                        await harness.press("escape")
                    case "look back":
                        await harness.press("h")
                        await shows(harness, lab, active=False)
                        await harness.press("h")
                await shows(harness, lab, active=True)
    finally:
        await gateway.close()
        await lab.close()


async def shows(harness: Harness, lab: Lab, *, active: bool) -> None:
    def is_shown() -> bool:
        view = harness.app.main.features.control.view
        assert view is not None
        has = {one.session_id for one in lab.book if one.active is active}
        if {row.item.id for row in view.table.rows} == has:
            return True
        # What is being ended is listed as running for a moment, and over after that.
        if all(state.phase is not ScopePhase.LOADING for state in view.states):
            harness.app.run_command(harness.app.registry["session-refresh"])
        return False

    what = "the running sessions" if active else "the past ones"
    await wait_until(f"{what} are those of the lab", is_shown, timeout=10 * SCALE, report=harness.text)
