"""Plays recordings in our engines and in the reference emulator, and keeps what the latter shows."""

from __future__ import annotations

import base64
import json
import lzma
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.conformance.pictures import Picture, of_frame, of_json, to_json
from tests.conformance.sequences import sequences
from tests.recordings import cast
from tests.recordings.playing import frames

_XTERM = Path(__file__).parent / "xterm"
_GOLDEN = Path(__file__).parent / "golden.json.xz"


@cache
def recordings() -> dict[str, cast.Recording]:
    """All that is compared: the sequences, and the recordings of programs."""
    return sequences() | {name: cast.load(name) for name in cast.names()}


def case(recording: cast.Recording, label: str) -> str:
    """The name of one comparison."""
    return recording.name if recording.name in sequences() else f"{recording.name}/{label}"


def ours(engine_name: str, recording: cast.Recording) -> Iterator[tuple[str, Picture]]:
    """What our engine shows at each mark."""
    for label, frame in frames(engine_name, recording):
        yield case(recording, label), of_frame(frame)


# xterm.js


def reference_is_here() -> bool:
    """Whether xterm.js can be run: node, and ``npm ci`` in tests/conformance/xterm."""
    return shutil.which("node") is not None and (_XTERM / "node_modules" / "@xterm" / "headless").is_dir()


def played() -> dict[str, Picture]:
    """What xterm.js shows at each mark of all recordings."""
    jobs = "".join(json.dumps(_job(recording)) + "\n" for recording in recordings().values())
    done = subprocess.run(["node", str(_XTERM / "play.js")], input=jobs, capture_output=True, text=True, check=True)
    answers = map(json.loads, done.stdout.rstrip("\n").split("\n"))
    return dict(_told(zip(recordings().values(), answers, strict=True)))


def _told(answers: Iterable[tuple[cast.Recording, Any]]) -> Iterator[tuple[str, Picture]]:
    for recording, screens in answers:
        for label, screen in zip(recording.marks(), screens, strict=True):
            yield case(recording, label), of_json(screen)


def _job(recording: cast.Recording) -> dict[str, object]:
    return {
        "cols": recording.size.cols,
        "rows": recording.size.rows,
        "events": [_job_event(event) for event in recording.events],
    }


def _job_event(event: cast.Event) -> list[object]:
    match event:
        case cast.Output(data):
            return ["o", base64.b64encode(data).decode()]
        case cast.Resized(size):
            return ["r", size.cols, size.rows]
        case cast.Mark(label):
            return ["m", label]


@cache
def golden() -> dict[str, Picture]:
    """What xterm.js showed when that was last written down."""
    return {name: of_json(value) for name, value in json.loads(lzma.decompress(_GOLDEN.read_bytes())).items()}


def main() -> None:
    """Write it down anew: ``python -m tests.conformance.emulators``."""
    screens = {name: to_json(picture) for name, picture in played().items()}
    _GOLDEN.write_bytes(lzma.compress(json.dumps(screens, separators=(",", ":")).encode(), preset=9))
    print(f"{len(screens)} screens, {_GOLDEN.stat().st_size} bytes")


if __name__ == "__main__":
    main()
