"""The sessions of other people, which a lab is born with: those of the past, and some that run. No program stands
behind them, and by the callers' policy only their owners may resume or end them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from ssmtui.lab.company import Account
from ssmtui.lab.fleet import LabFleet
from ssmtui.lab.places import DEFAULT_PLACE
from ssmtui.lab.sessions import ID_LETTERS, LabSession
from ssmtui.model import DEFAULT_SHELL

_OTHERS = ("john@example.com", "deploy-bot", "amira@example.com")
_REASONS = ("look at the queue", "deploy 2025.11", None, "INC-4711", "rotate certificates", None)
_DOCUMENTS = (DEFAULT_SHELL, DEFAULT_SHELL, "AWS-StartPortForwardingSession", "AWS-StartInteractiveCommand")
_ID_TAIL = 26
_SHIFT = timedelta(hours=4)
"""How long ago the first of those that run began."""


def sessions_of_colleagues(
    fleet: LabFleet, now: datetime, seed: int, account: Account, running: int = 0
) -> Sequence[LabSession]:
    """Those of the past, then ``running`` ones that run, oldest first; none where there are no nodes."""
    if not len(fleet):
        return []
    seed = fleet.place.seed(seed)  # an id of a session is there once in all accounts
    return [*_history(fleet, now, seed, account), *_present(fleet, now, seed, account, running)]


def _present(fleet: LabFleet, now: datetime, seed: int, account: Account, number: int) -> list[LabSession]:
    """Sessions that began in the last hours, on nodes that are connected; some have lost their client."""
    dice = random.Random(f"present {seed}")  # noqa: S311 (made-up people, not a secret)
    nodes = [node for node in islice(fleet, 200) if node.connected]
    if not nodes:
        return []
    found = []
    for left in range(number, 0, -1):
        node, who = dice.choice(nodes), dice.choice(_OTHERS)
        found.append(
            LabSession(
                session_id=_id(who, dice),
                target=node.id,
                owner=account.session_arn(who),
                document_name=dice.choice(_DOCUMENTS),
                started=now - _SHIFT * (left / number),
                reason=dice.choice(_REASONS),
                status="Disconnected" if dice.random() < 0.2 else "Connected",
            )
        )
    return found


def _id(who: str, dice: random.Random) -> str:
    return f"{who}-{''.join(dice.choices(ID_LETTERS, k=_ID_TAIL))}"


def _history(fleet: LabFleet, now: datetime, seed: int, account: Account) -> list[LabSession]:
    """Sessions that are over, oldest first: a dozen of these days, and some on what has stopped since."""
    dice = random.Random(seed)  # noqa: S311 (a made-up past, not a secret)
    past = _of_what_has_stopped(fleet, now, account)
    for age in range(12, 0, -1):
        node = fleet[dice.randrange(len(fleet))]
        who = dice.choice(_OTHERS)
        started = now - timedelta(hours=7 * age, minutes=dice.randrange(400))
        past.append(
            LabSession(
                session_id=_id(who, dice),
                target=node.id,
                owner=account.session_arn(who),
                document_name=DEFAULT_SHELL,
                started=started,
                reason=dice.choice(_REASONS),
                status="Terminated",
                ended=started + timedelta(minutes=dice.randint(1, 60)),
            )
        )
    return past


def _of_what_has_stopped(fleet: LabFleet, now: datetime, account: Account) -> list[LabSession]:
    """One session of long ago on each of the first stopped instances. Not in the default place, which has a past of its
    own."""
    if fleet.place == DEFAULT_PLACE:
        return []
    stopped = [node for node in islice(fleet.unmanaged, 8) if node.state in ("stopped", "stopping", "terminated")]
    return [
        LabSession(
            session_id=f"{_OTHERS[0]}-{node.id[-17:]}{number:09}",
            target=node.id,
            owner=account.session_arn(_OTHERS[0]),
            document_name=DEFAULT_SHELL,
            started=now - timedelta(days=20 - number),
            status="Terminated",
            ended=now - timedelta(days=20 - number) + timedelta(minutes=7),
        )
        for number, node in enumerate(stopped)
    ]
