"""Just-in-time access: requests, what becomes of them, and the credentials of those that are approved."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from ssmtui.lab.answers import ApiError, JsonBody, entries, validation_error
from ssmtui.lab.company import Account
from ssmtui.lab.fleet import FleetClock, LabFleet
from ssmtui.lab.keyring import Keyring, Permit
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.signature import LabCredentials

APPROVAL_TAG = ("access", "approval")
"""The tag of nodes that are entered by approval only."""
LIFETIME = timedelta(hours=1)
"""How long approved credentials last."""

PENDING, APPROVED, REJECTED, REVOKED, EXPIRED = "Pending", "Approved", "Rejected", "Revoked", "Expired"

_MOST_PENDING = 50
_FATES = {"reject": REJECTED, "expire": EXPIRED, "revoke": REVOKED}
"""What becomes of a request by itself when its reason has the word; it is approved otherwise."""


def needs_approval(node: LabNode) -> bool:
    """Whether the node is entered by approval only."""
    name, value = APPROVAL_TAG
    return node.tags.get(name) == value


@dataclass(slots=True)
class _Request:
    node_id: str
    decides_at: float
    fate: str
    status: str = PENDING
    credentials: LabCredentials | None = field(default=None, repr=False)
    permit: Permit | None = None


class AccessDesk:
    """The requests of one account and region. ``approve_after`` seconds after it was made a request is decided."""

    def __init__(
        self,
        fleet: LabFleet,
        account: Account,
        keyring: Keyring,
        clock: FleetClock,
        approve_after: Callable[[], float],
        offered: Callable[[], bool] = lambda: True,
    ) -> None:
        """``offered``: whether the partition has just-in-time access at all."""
        self._offered = offered
        self._fleet = fleet
        self._account = account
        self._keyring = keyring
        self._clock = clock
        self._approve_after = approve_after
        self._requests: dict[str, _Request] = {}

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._requests

    def start_access_request(self, request: JsonBody) -> JsonBody:
        """Ask for access to one node; a node that needs no approval is approved at once."""
        if not self._offered():
            raise ApiError("UnknownOperationException", "StartAccessRequest API is not available in this AWS region")
        if not self._account.approval:
            raise validation_error("Just-In-Time Node Access service is not enabled in this account.")
        reason = str(request.get("Reason", ""))
        if not 1 <= len(reason) <= 256:
            raise validation_error(
                "Value at 'reason' failed to satisfy constraint: Member must have 1 to 256 characters"
            )
        node = self._fleet.find(_target(request))
        if node is None:
            raise ApiError("ResourceNotFoundException", f"There is no managed node {_target(request)}.")
        if sum(one.status == PENDING for one in self._requests.values()) >= _MOST_PENDING:
            raise ApiError("ServiceQuotaExceededException", f"There are {_MOST_PENDING} pending access requests.")
        fate = next((fate for word, fate in _FATES.items() if word in reason.lower()), APPROVED)
        wait = self._approve_after() if needs_approval(node) else 0.0
        request_id = f"oi-{secrets.token_hex(6)}"
        self._requests[request_id] = _Request(node.id, self._clock().timestamp() + wait, fate)
        return {"AccessRequestId": request_id}

    def get_access_token(self, request: JsonBody) -> JsonBody:
        """How far a request is, and the credentials of one that is approved."""
        request_id = str(request.get("AccessRequestId"))
        found = self._requests.get(request_id)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"There is no access request {request_id}.")
        now = self._clock()
        if found.status == PENDING and now.timestamp() >= found.decides_at:
            self.decide(request_id, found.fate)
        if found.permit is not None and now >= found.permit.expires:
            found.status = EXPIRED
        if found.status != APPROVED or found.credentials is None or found.permit is None:
            return {"AccessRequestStatus": found.status}
        return {
            "AccessRequestStatus": APPROVED,
            "Credentials": {
                "AccessKeyId": found.credentials.access_key_id,
                "SecretAccessKey": found.credentials.secret_access_key,
                "SessionToken": found.credentials.session_token,
                "ExpirationTime": found.permit.expires.timestamp(),
            },
        }

    def decide(self, request_id: str, status: str) -> None:
        """Make a request approved, rejected, revoked or expired. Credentials are void unless it is approved."""
        request = self._requests[request_id]
        request.status = status
        if status == APPROVED and request.credentials is None:
            request.permit = Permit(request.node_id, self._fleet.place.region, self._clock() + LIFETIME)
            request.credentials = self._keyring.issue(self._account, request.permit)
        elif status != APPROVED and request.credentials is not None:
            self._keyring.revoke(request.credentials)
            request.credentials = request.permit = None


def _target(request: JsonBody) -> str:
    """The one node that is asked for."""
    for entry in entries(request, "Targets"):
        values = entry.get("Values")
        if entry.get("Key") == "InstanceIds" and isinstance(values, list) and len(values) == 1:
            return str(values[0])
    raise validation_error("Targets must name one node: Key=InstanceIds,Values=NODE.")
