"""Answers of thousands of elements, read past botocore's parsers.

Those build a value for every member of every element, most of which nobody asks for, and take many times as long as the
rest of a call: some 0.8 ms of processor time for an EC2 instance, against a tenth of that here. XML is read in pieces,
for the C code that reads it lets no other thread run meanwhile, the screen's among them; and no tree is built of it:
with a hundred thousand elements Python's garbage collector would walk all objects while nothing else runs.
"""

from __future__ import annotations

import json
import threading
from typing import Any
from xml.parsers import expat

from ssmtui.aws.translate import not_aws

PIECE = 32 << 10
"""Bytes of XML read at once: about a millisecond."""

READING = threading.Lock()
"""Held by the thread that reads or converts an answer. Python runs one thread at a time anyway; but with several at
work the event loop would wait for all of them whenever it wants its turn."""

Events = Any
"""A client's events. botocore hands out the class, but not its type."""


def read_json(events: Events) -> None:
    """Let a client return its answers as plain JSON: times as seconds since the epoch, nothing converted."""
    events.register("before-parse", _take_json)


def read_instances(events: Events) -> None:
    """Let DescribeInstances answer with ``Rows``, the elements of all reservations, and ``NextToken``."""
    events.register("before-parse.ec2.DescribeInstances", _take_instances)


def _take_json(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    if response_dict["status_code"] >= 300:
        return
    try:
        with READING:
            answer = json.loads(response_dict["body"])
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise not_aws("the answer is not one of AWS")
    response_dict["body"] = b"{}"
    customized_response_dict.update(answer)


def _take_instances(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    if response_dict["status_code"] >= 300:
        return
    reader = _InstanceReader()
    try:
        with READING:
            reader.read(response_dict["body"])
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise not_aws("the answer is not one of AWS") from error
    response_dict["body"] = b"<DescribeInstancesResponse/>"
    customized_response_dict.update({"Rows": reader.rows, "NextToken": reader.token})


# Depths of DescribeInstancesResponse / reservationSet / item / instancesSet / item / member / ...
_TOP, _SET, _INSTANCE, _MEMBER, _PART, _TAG_PART = 2, 4, 5, 6, 7, 8

_TEXTS = {
    "instanceId": "InstanceId",
    "instanceType": "InstanceType",
    "privateIpAddress": "PrivateIpAddress",
    "vpcId": "VpcId",
    "platformDetails": "PlatformDetails",
}
_PARTS = {
    ("instanceState", "name"): ("State", "Name"),
    ("placement", "availabilityZone"): ("Placement", "AvailabilityZone"),
}
_TAG_PARTS = {"key": "Key", "value": "Value"}


class _InstanceReader:
    """What is asked of each instance, by the names that botocore uses. Every element of the answer comes through here:
    what is done for one that nobody asks for is next to nothing."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.token = ""
        self._depth = 0
        self._set = self._member = ""
        self._row: dict[str, Any] = {}
        self._tag: dict[str, str] = {}
        self._into: tuple[dict[str, Any], str] | None = None
        self._text: list[str] = []
        self._parser = expat.ParserCreate()

    def read(self, body: bytes) -> None:
        """Take in a whole answer; once only."""
        parser = self._parser
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        # AWS declares no entities, and whatever answers in its place must not either: expansion could use up the
        # memory.
        parser.EntityDeclHandler = _refuse_entities
        try:
            for start in range(0, len(body), PIECE):
                parser.Parse(body[start : start + PIECE], False)
            parser.Parse(b"", True)
        finally:
            # The handlers keep the reader alive through its own parser, and the rows with it: only the garbage
            # collector would free that circle, and never once it is frozen.
            parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None

    def _start(self, name: str, _: object) -> None:
        self._depth = depth = self._depth + 1
        if depth == _MEMBER:
            self._member = name
            if name in _TEXTS:
                self._want(self._row, _TEXTS[name])
        elif depth == _PART:
            if self._member == "tagSet":
                self._tag = {}
                self._row.setdefault("Tags", []).append(self._tag)
            elif (part := _PARTS.get((self._member, name))) is not None:
                self._want(self._row.setdefault(part[0], {}), part[1])
        elif depth == _TAG_PART:
            if self._member == "tagSet" and name in _TAG_PARTS:
                self._want(self._tag, _TAG_PARTS[name])
        elif depth == _INSTANCE:
            self._row = {}
            if self._set == "instancesSet":
                self.rows.append(self._row)
        elif depth == _SET:
            self._set = name
        elif depth == _TOP and name == "nextToken":
            self._want({}, name)

    def _end(self, name: str) -> None:
        if self._into is not None:
            into, key = self._into
            into[key] = "".join(self._text)
            if self._depth == _TOP:
                self.token = into[key]
            self._into = None
            self._parser.CharacterDataHandler = None
        self._depth -= 1

    def _want(self, into: dict[str, Any], key: str) -> None:
        """Keep the text of the element that has just begun."""
        self._into, self._text = (into, key), []
        self._parser.CharacterDataHandler = self._text.append


def _refuse_entities(*_: object) -> None:
    raise ValueError("the answer declares entities")
