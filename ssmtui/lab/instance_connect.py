"""EC2 Instance Connect: public keys that let a user log in to an instance for a minute.

An instance finds them in its metadata, from which its sshd reads them (``AuthorizedKeysCommand`` of the package
ec2-instance-connect). The real service adds a signature to each, which that program checks; here there is none.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime

from ssmtui.lab.answers import ApiError, JsonBody
from ssmtui.lab.fleet import LabFleet

LASTS = 60.0
"""Seconds for which a key is good."""

# The patterns and lengths of the service's model.
_IS_INSTANCE = re.compile(r"i-[a-f0-9]{8,30}").fullmatch
_IS_USER = re.compile(
    r"[A-Za-z_][A-Za-z0-9@._-]{0,30}[A-Za-z0-9$_-]?|(?=.{2,32}$)[0-9]{1,32}[A-Za-z@._-][A-Za-z0-9@._-]*[A-Za-z0-9$_-]?"
).fullmatch
_KEY_LENGTHS = (80, 4096)
_TYPES = ("ssh-ed25519", "ssh-rsa")
"""What the service takes (EC2 User Guide, "Install EC2 Instance Connect": RSA and ED25519)."""
_METADATA = re.compile(r"/instances/([^/]+)/latest/meta-data/managed-ssh-keys/active-keys/([^/?]+)/?").fullmatch


class InstanceConnect:
    """The keys of one account in one region."""

    def __init__(self, fleet: LabFleet, clock: Callable[[], datetime]) -> None:
        self._fleet = fleet
        self._clock = clock
        self._keys: dict[tuple[str, str], dict[str, float]] = {}
        """By instance and user: keys, and until when each is good."""

    def send_ssh_public_key(self, request: JsonBody) -> JsonBody:
        """SendSSHPublicKey."""
        instance_id, user, key = (
            str(request.get(name, "")) for name in ("InstanceId", "InstanceOSUser", "SSHPublicKey")
        )
        if not (_IS_INSTANCE(instance_id) and _IS_USER(user) and _is_key(key)):
            raise ApiError("InvalidArgsException", "One of the parameters is not valid.")
        instance = self._fleet.find_instance(instance_id)
        if instance is None:
            raise ApiError("EC2InstanceNotFoundException", "The specified instance was not found.")
        if instance.state != "running":
            raise ApiError(
                "EC2InstanceStateInvalidException",
                "Unable to connect because the instance is not in a valid state.",
            )
        now = self._clock().timestamp()
        good = {known: until for known, until in self._keys.get((instance_id, user), {}).items() if until > now}
        self._keys[instance_id, user] = good | {key.strip(): now + LASTS}
        return {"RequestId": str(uuid.uuid4()), "Success": True}

    def active_keys(self, instance_id: str, user: str) -> list[str]:
        """Those that are good now."""
        now = self._clock().timestamp()
        return [key for key, until in self._keys.get((instance_id, user), {}).items() if until > now]


def asks_for_keys(path: str) -> tuple[str, str] | None:
    """The instance and the user of ``/instances/ID/latest/meta-data/managed-ssh-keys/active-keys/USER/``: the metadata
    of an instance behind its id, for the lab's instances have no addresses of their own."""
    found = _METADATA(path)
    return (found[1], found[2]) if found is not None else None


def _is_key(key: str) -> bool:
    shortest, longest = _KEY_LENGTHS
    words = key.split()
    return shortest <= len(key) <= longest and len(words) > 1 and words[0] in _TYPES and "\n" not in key.strip()
