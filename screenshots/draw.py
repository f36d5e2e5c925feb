"""Draw the screenshots of the README: the real app on a lab of its own, with a clock that stands still.

    python screenshots/draw.py [NAME ...]

writes ``screenshots/NAME.svg`` and ``.png``. PNG files need ``cairosvg`` (extra ``screenshots``).
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from math import sin
from pathlib import Path

from textual.pilot import Pilot

from ssmtui import __version__, wiring
from ssmtui.backend import Options
from ssmtui.config import paths
from ssmtui.config.settings import LoadedSettings, Settings
from ssmtui.demo_profiles import OWN, SHARED
from ssmtui.documents.port_forwards import parse
from ssmtui.forwards.tunnel import TunnelOptions, TunnelState
from ssmtui.lab.aws_config import config_file, environment
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.ledger.ledger import Ledger
from ssmtui.model import StartRequest
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from ssmtui.ui.frame.app import SsmtuiApp
from ssmtui.ui.services import AppFacts, Clock, Progress, Services

FOLDER = Path(__file__).parent
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
FONTS = "'DejaVu Sans Mono', Menlo, Consolas, monospace"
FLEET = LabOptions().nodes + 12
"""With the containers."""
LIMIT = 20.0
"""Seconds for any one thing to appear."""

PALETTE = (
    "for r in $(seq 16 36 231); do for c in $(seq $r $((r + 35))); do printf '\\e[48;5;%dm  ' $c; done; "
    "printf '\\e[m\\n'; done"
)

LOG = (
    'awk \'BEGIN { for (i = 0; i < 60; i++) printf "09:%02d:00 %s /api/items/%d %s\\n", i, (i % 3 ? "GET" : "PUT"), '
    'i * 7, (i % 4 == 1 ? "\\033[31m504 timeout after 30 s\\033[m" : "\\033[32m200\\033[m ok") }\''
)

QUEUES = (
    "printf 'QUEUE      WAITING  RUNNING  FAILED\\norders         128        4       0\\n"
    "mail             3        1       0\\nreports         17        2  \\033[31m     2\\033[m\\n"
    "invoices         0        0       0\\n' > queues"
)

HEAT = (
    'awk \'BEGIN { split("Mon Tue Wed Thu Fri Sat Sun", d); for (i = 1; i <= 7; i++) { printf "%s ", d[i]; '
    "for (h = 0; h < 24; h++) { b = int((i > 5 ? 2 : 4) * exp(-(h - 14) * (h - 14) / 18) + (h * 7 + i * 5) % 3 / 3); "
    'printf "\\033[48;5;%dm  ", 22 + b * 36 } print "\\033[m" } }\' > latency'
)

DEPLOY = (
    "printf 'unpack  \\033[32mok\\033[m\\nmigrate \\033[32mok\\033[m\\nrestart \\033[31mfailed\\033[m: "
    "port 8080 is in use\\n' > deploy.log; deploy() { sleep 1; cat deploy.log; return 1; }; "
    'PS1="\\[\\e]133;D;\\$?\\a\\e]133;A\\a\\]$PS1"; PS0="\\e]133;C\\a"'
)

TILED = ("api-2", "api-4", "web-1", "bastion")
WORK = (
    ("tail -n 12 access.log", f"{LOG} > access.log", "09:59:00"),
    ("cat queues", QUEUES, "invoices"),
    ("cat latency", HEAT, "Sun"),
    ("deploy", DEPLOY, "port 8080 is in use"),
)
"""What is done on the nodes of :data:`TILED`: a command, what makes its files, and the last of what it prints."""

MORE = ("db-primary", "cache-1")
MORE_WORK = (
    ("read -rsp 'Password for orders: '", "true", "Password for orders"),
    ("read -rp 'Drop 3 keys? [y/N] '", "true", "Drop 3 keys"),
)
"""The same on these nodes."""

TUNNELED = (
    ("orders", "own:5432:orders.internal:5432", "bastion"),
    ("orders", "own:6379:cache.internal:6379", "bastion"),
    ("", "8080:80", "web-1"),
    ("", "15672:queues.internal:15672", "worker-1"),
    ("", "13306:reports.intrenal:3306", "bastion"),
    ("", "socks:1080", "bastion"),
)
"""Tunnels with the group and the node of each; one of their destinations has a slip in its name."""
TRAFFIC = ((5432, 700, 90_000), (6379, 9_000, 2_000), (80, 400, 20_000))
"""Far ports that something goes through, and the bytes of each request and of its answer."""

KEPT = {"api-2": 95, "api-4": 95, "web-1": 41, "bastion": 12}
"""Nodes with sessions that outlive their program, with the minutes since each was started."""

BARS = 15
"""Periods of two seconds that the list of tunnels shows."""

RUNNING = AsyncExitStack()
"""What a scene has started and the picture needs."""

LAB_TIME = [NOW]
"""What the lab's clock shows."""

Scene = Callable[[Pilot[list[str]]], Awaitable[None]]


class StillClock(Clock):
    """The moment of the pictures."""

    def now(self) -> datetime:
        """Wall time."""
        return NOW

    def monotonic(self) -> float:
        """A moment right after the nodes were listed."""
        return time.monotonic()


def app_of(pilot: Pilot[list[str]]) -> SsmtuiApp:
    """The app under the pilot."""
    assert isinstance(pilot.app, SsmtuiApp)
    return pilot.app


async def until(what: str, holds: Callable[[], object], pilot: Pilot[list[str]]) -> None:
    """Let the app run until something is there."""
    end = time.monotonic() + LIMIT
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}\n{screen_text(pilot)}")
        await pilot.pause(0.02)


def screen_text(pilot: Pilot[list[str]]) -> str:
    """What the app shows now."""
    svg = pilot.app.export_screenshot(simplify=True)
    return re.sub(r"<[^>]+>", "", svg).replace("&#160;", " ")


async def shows(text: str, pilot: Pilot[list[str]]) -> None:
    """Wait for ``text`` on the screen."""
    await until(text, lambda: text in screen_text(pilot), pilot)


async def goto(name: str, pilot: Pilot[list[str]]) -> None:
    """Filter the list down to one node."""
    services = app_of(pilot).services
    assert services is not None
    found: list[str] = []

    def is_there() -> bool:
        # Names are EC2's to tell, and come after the nodes.
        found[:] = [node.id for node in services.fleet.nodes.values() if node.name == name]
        return bool(found)

    await until(name, is_there, pilot)
    (node_id,) = found
    await pilot.press("slash", *node_id, "enter")
    await shows(f"1 of {FLEET}", pilot)


async def shell(name: str, pilot: Pilot[list[str]]) -> None:
    """Open the default shell on a node and wait for its prompt."""
    count = len(manager(pilot).snapshots())
    await goto(name, pilot)
    await pilot.press("enter")
    await until("a session", lambda: len(manager(pilot).snapshots()) > count, pilot)
    key = manager(pilot).snapshots()[-1].key
    await until(f"{name} is open", lambda: manager(pilot).snapshot(key).state is SessionState.OPEN, pilot)
    await shows(f"{name}:~$", pilot)


def manager(pilot: Pilot[list[str]]) -> SessionManager:
    """The sessions of the app under the pilot."""
    services = app_of(pilot).services
    assert services is not None
    return services.manager


async def typed(line: str, pilot: Pilot[list[str]]) -> None:
    """Type a line into the pane that is shown."""
    session = app_of(pilot).panes.session
    assert session is not None
    manager(pilot).session(session.key).write(line.encode() + b"\r")


def names(pilot: Pilot[list[str]]) -> set[str]:
    """The names that have come so far."""
    services = app_of(pilot).services
    return {node.name for node in services.fleet.nodes.values()} if services else set()


async def nodes(pilot: Pilot[list[str]]) -> None:
    """The list, with the cursor on a node."""
    await until("all names", lambda: "worker-1" in names(pilot), pilot)
    await pilot.press("g", *"jjjjjjjjjjjjjj")


async def shells(pilot: Pilot[list[str]]) -> None:
    """Three shells in tabs; the last one shows colours."""
    await shell("api-1", pilot)
    await pilot.press("ctrl+right_square_bracket", "d", "escape")
    await shell("db-primary", pilot)
    await pilot.press("ctrl+right_square_bracket", "d", "escape")
    await shell("web-1", pilot)
    await typed("ls --color=always -C /usr /var", pilot)
    await shows("spool", pilot)
    await typed(PALETTE, pilot)
    await shows("done", pilot)
    await typed('echo "$(stty size), $TERM, $((6*7))"', pilot)
    await shows("xterm-256color, 42", pilot)


async def splits(pilot: Pilot[list[str]]) -> None:
    """Four shells in one tab, each at its own work."""
    await four(pilot)
    for (command, _, last), name in zip(WORK, TILED, strict=True):
        (key,) = (one.key for one in manager(pilot).snapshots() if one.node and one.node.name == name)
        manager(pilot).session(key).write(f"{command}\r".encode())
        await shows(last, pilot)
    await pilot.pause(0.5)


async def broadcast(pilot: Pilot[list[str]]) -> None:
    """The same line typed into four shells at once, one of which answers otherwise."""
    await four(pilot)
    await pilot.press("f12", "b")
    await shows("BROADCAST 4", pilot)
    await pilot.press(*"cat", "space", *"release", "enter")
    await shows("DIFFERS", pilot)
    app_of(pilot).clear_notifications()
    await pilot.pause(0.1)


async def overview(pilot: Pilot[list[str]]) -> None:
    """All sessions as tiles, sorted by what they need."""
    for (command, files, last), name in zip((*WORK, *MORE_WORK), TILED + MORE, strict=True):
        await shell(name, pilot)
        await typed(f"{files}; clear", pilot)
        await pilot.pause(0.5)
        await typed(command, pilot)
        if command != "deploy":  # its end is news only while nobody sees it
            await shows(last, pilot)
        await pilot.press("f12", "d", "escape")
    await pilot.pause(2.5)  # what asks a question is known once it is quiet
    await pilot.press("f12", "O", "o")
    await shows("by need", pilot)
    await shows("exit 1", pilot)
    await pilot.pause(0.6)


async def four(pilot: Pilot[list[str]]) -> None:
    """Shells on four nodes, tiled in one tab, with the files that they work on."""
    for (_, files, _), name in zip(WORK, TILED, strict=True):
        await shell(name, pilot)
        await typed(f"{files}; echo 4.{2 if name != 'web-1' else 1}.0 > release; clear", pilot)
        await pilot.press("f12", "d", "escape")
    await pilot.press("f12", "l")
    for _ in TILED[1:]:
        await pilot.press("f12", "j")
        await shows("Bring which tab here?", pilot)
        await pilot.press("enter")
        await pilot.pause(0.2)
    await pilot.press("f12", "space", "f12", "o")
    await pilot.pause(0.3)


async def copy(pilot: Pilot[list[str]]) -> None:
    """A search in copy mode, with lines selected."""
    await shell("web-1", pilot)
    await typed("clear; " + LOG, pilot)
    await shows("09:59:00", pilot)
    await pilot.press("ctrl+right_square_bracket", "slash", *"timeout", "enter", "n", "V", "j", "j")
    await shows("match 14/15", pilot)
    await pilot.pause(0.2)


async def start_form(pilot: Pilot[list[str]]) -> None:
    """The form of a document with parameters."""
    await goto("web-1", pilot)
    await pilot.press("s")
    await shows("Ops-TailUnit", pilot)
    await pilot.press(*"tailu", "enter")
    await shows("Lines of history", pilot)
    await pilot.press(*"nginx.service")
    await pilot.pause(0.2)


async def listed(pilot: Pilot[list[str]]) -> None:
    """List three AWS profiles, one of them in two regions, and one of which may not be listed."""
    await pilot.press("A")
    await shows("management", pilot)
    await pilot.press(*"dev", "space", *["backspace"] * 3, *"audit", "space", *["backspace"] * 5, *"prod")
    await pilot.press("tab")
    await shows("us-east-1", pilot)
    await pilot.press(*"us-east-1", "space", "enter")
    await until("the picker again", lambda: "AWS PROFILE" in screen_text(pilot), pilot)
    await pilot.press("enter")
    await shows("denied", pilot)
    await until("all accounts", lambda: "listing" not in screen_text(pilot), pilot)


async def fleet(pilot: Pilot[list[str]]) -> None:
    """Several accounts and regions, filtered, with marks."""
    await listed(pilot)
    await pilot.press("slash", *"tag:env=prod|tag:env=dev ap", "enter")
    await shows(" of ", pilot)
    await pilot.press("g", "j", "space", "space", "asterisk", "j")


async def scopes(pilot: Pilot[list[str]]) -> None:
    """The choice of accounts."""
    await listed(pilot)
    await pilot.press("A")
    await shows("example-audit", pilot)


async def why(pilot: Pilot[list[str]]) -> None:
    """What stands in the way of a session."""
    await goto("api-5", pilot)
    await pilot.press("w")
    await until("a verdict", lambda: "looking" not in screen_text(pilot), pilot)
    await pilot.pause(1.0)


async def profiles(pilot: Pilot[list[str]]) -> None:
    """Saved connections, with what one of them says."""
    await pilot.press("p")
    await shows("orders primary", pilot)
    await pilot.press("slash", *"orders", "enter")
    await shows("1 of 11", pilot)
    await pilot.press("escape")
    await shows("11 connections", pilot)
    await pilot.pause(0.5)


async def profile_form(pilot: Pilot[list[str]]) -> None:
    """The form of a saved connection: what it says itself, and what its folders give it."""
    await profiles(pilot)
    await pilot.press("e")
    await shows("Where it leads", pilot)
    await pilot.pause(1.0)


async def guard(pilot: Pilot[list[str]]) -> None:
    """What is asked before a session in production."""
    await profiles(pilot)
    await pilot.press("enter")
    await shows("a ticket such as OPS-123", pilot)
    await pilot.press(*"OPS-123", "enter")
    await shows("guarded", pilot)
    await pilot.pause(0.5)


async def killed(pilot: Pilot[list[str]]) -> None:
    """Shells that outlive their program: two in one tab, the others in their own."""
    for name, minutes in KEPT.items():
        LAB_TIME[:] = [NOW - timedelta(minutes=minutes)]
        await shell(name, pilot)
        await pilot.press("f12", "d", "escape")
    await pilot.press("f12", "2", "f12", "j")
    await shows("Bring which tab here?", pilot)
    await pilot.press("enter")
    await pilot.pause(1.0)  # the tabs of this run are written down


async def survivors(pilot: Pilot[list[str]]) -> None:
    """What the start after a crash asks."""
    await shows("of an earlier run are still alive", pilot)


async def control(pilot: Pilot[list[str]]) -> None:
    """Everybody's sessions: here, in another ssmtui, left behind, and elsewhere."""
    await survivors(pilot)
    await pilot.press("escape")
    for name, minutes in (("db-primary", 8), ("worker-1", 3)):
        LAB_TIME[:] = [NOW - timedelta(minutes=minutes)]
        await shell(name, pilot)
        await pilot.press("f12", "d", "escape")
    LAB_TIME[:] = [NOW]
    other = Ledger(paths.find().ledger, paths.find().journal)
    await other.open()
    try:
        for held in await other.holders():
            if held.record.title == "bastion":
                await other.claim(held.record.id)
        await pilot.press("H")
        await shows("running now", pilot)
        await shows("another ssmtui", pilot)
        await pilot.press("g", "j", "j", "j")
        app_of(pilot).clear_notifications()
        await pilot.pause(0.5)
    finally:
        await other.close()


async def ended(pilot: Pilot[list[str]]) -> None:
    """A pane whose session is over, with the last events of its channel."""
    await shell("web-1", pilot)
    await typed(f"{DEPLOY}; {QUEUES}; clear", pilot)
    await pilot.pause(0.5)
    await typed("cat queues", pilot)
    await shows("invoices", pilot)
    await typed("deploy", pilot)
    await shows("port 8080 is in use", pilot)
    await pilot.pause(3.0)
    await typed("exit", pilot)
    await shows("The session is over", pilot)
    await pilot.pause(2.0)  # keys that come at once were meant for the session
    await pilot.press("L")
    await shows("the latest first", pilot)
    await pilot.pause(0.3)


async def tunnels(pilot: Pilot[list[str]]) -> None:
    """Tunnels of a group and others; one leads nowhere, another has been idle for too long."""
    services = app_of(pilot).services
    assert services is not None
    await until("all names", lambda: {one for _, _, one in TUNNELED} <= names(pilot), pilot)
    by_name = {node.name: node for node in services.fleet.nodes.values()}
    opened = services.tunnels
    for group, text, name in TUNNELED:
        node = by_name[name]
        request = StartRequest(node.id, title=name, scope=services.fleet.scope_of(node))
        opened.start(parse(text), request, node, TunnelOptions(group=group))
        await until(text, lambda: opened.snapshots()[-1].state is not TunnelState.STARTING, pilot)
    await pilot.press("T")
    clients = Tasks("clients of tunnels")
    for number, (far, asked, answered) in enumerate(TRAFFIC):
        await RUNNING.enter_async_context(served(far, asked, answered))
        (one,) = (one for one in opened.snapshots() if one.forward.port == far)
        for client in range(number + 1):
            clients.start(f"client {far}", ask(one.bind, one.local_port, asked, answered, number + 5 * client))
    RUNNING.push_async_callback(clients.close)
    await pilot.pause(2.0 * BARS)
    await be_idle("queues.internal", pilot)
    await shows("idle", pilot)
    await pilot.press("G", "k")
    app_of(pilot).clear_notifications()
    await pilot.pause(0.5)


@asynccontextmanager
async def served(port: int, asked: int, answered: int) -> AsyncIterator[None]:
    """Something behind a tunnel: it answers each request of so many bytes with so many."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while await reader.readexactly(asked):
                writer.write(bytes(answered))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


async def ask(host: str, port: int, asked: int, answered: int, phase: int) -> None:
    """A client that asks again and again, more often at some times than at others."""
    reader, writer = await asyncio.open_connection(host, port)
    for step in count(phase):
        writer.write(bytes(asked))
        await reader.readexactly(answered)
        await asyncio.sleep(0.1 + 0.7 * (1 + sin(step * 0.4)))


async def be_idle(host: str, pilot: Pilot[list[str]]) -> None:
    """End the session of the tunnel to ``host`` at the service, as its idle time does."""
    services = app_of(pilot).services
    assert services is not None
    for file in paths.find().ledger.glob("*.json"):
        facts = json.loads(file.read_text("utf-8"))
        if host in json.dumps(facts["request"]):
            await services.gateways.gateway(None).terminate_session(facts["session_id"])


async def tunnel_form(pilot: Pilot[list[str]]) -> None:
    """The form of a tunnel to a node."""
    await goto("bastion", pilot)
    await pilot.press("f")
    await shows("Destination", pilot)
    await pilot.press(*"orders.internal:5432", "tab", *"15432", "tab")
    await shows("is free", pilot)
    await pilot.pause(0.3)


async def databases(pilot: Pilot[list[str]]) -> None:
    """Databases and caches near a node."""
    await goto("bastion", pilot)
    await pilot.press("D")
    await shows("VPC vpc-", pilot)
    await pilot.pause(0.5)


async def help_screen(pilot: Pilot[list[str]]) -> None:
    """The help."""
    await pilot.press("question_mark")
    await shows("Keys and commands", pilot)


SCENES: dict[str, tuple[tuple[int, int], Scene]] = {
    "nodes": ((120, 36), nodes),
    "fleet": ((120, 36), fleet),
    "scopes": ((120, 36), scopes),
    "why": ((120, 36), why),
    "shells": ((120, 32), shells),
    "splits": ((120, 36), splits),
    "broadcast": ((120, 32), broadcast),
    "overview": ((120, 36), overview),
    "copy": ((120, 32), copy),
    "start-form": ((120, 32), start_form),
    "profiles": ((120, 32), profiles),
    "profile-form": ((100, 36), profile_form),
    "guard": ((100, 28), guard),
    "tunnels": ((136, 26), tunnels),
    "tunnel-form": ((100, 30), tunnel_form),
    "databases": ((120, 32), databases),
    "survivors": ((120, 36), survivors),
    "control": ((120, 40), control),
    "ended": ((120, 32), ended),
    "help": ((100, 32), help_screen),
    "nodes-80x24": ((80, 24), nodes),
    "shells-80x24": ((80, 24), shells),
}


BEFORE: dict[str, Scene] = {"survivors": killed, "control": killed}
"""What an earlier run has done, which is gone by then."""


def seal_environment() -> None:
    """Nothing of the person's AWS set-up is read."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def portable(svg: str) -> str:
    """The picture without fonts from the network."""
    svg = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
    return re.sub(r"font-family:\s*[^;}]+", f"font-family: {FONTS}", svg)


def save(name: str, svg: str) -> None:
    """Write both files."""
    (FOLDER / f"{name}.svg").write_text(svg)
    try:
        import cairosvg
    except ImportError:
        print(f"{name}.svg written; cairosvg is not there to make {name}.png")
        return
    cairosvg.svg2png(svg.encode(), write_to=str(FOLDER / f"{name}.png"), scale=1.0)
    print(f"{name}.svg and {name}.png written")


async def draw(name: str) -> None:
    """One scene on a lab of its own, with nothing remembered."""
    # A thread may still be writing down what is remembered.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        for kind in ("CONFIG", "STATE", "CACHE"):
            os.environ[f"XDG_{kind}_HOME"] = home
        places = paths.find()
        places.shared_profiles.mkdir(parents=True)
        places.profiles.write_text(OWN, encoding="utf-8")
        for file, text in SHARED.items():
            (places.shared_profiles / file).write_text(text, encoding="utf-8")
        await draw_scene(name)


async def draw_scene(name: str) -> None:
    """One scene on a lab of its own."""
    size, scene = SCENES[name]
    LAB_TIME[:] = [NOW]
    lab = Lab(LabOptions(now=lambda: LAB_TIME[0], start_delay=0.05, colleagues=11 if name == "control" else 0))
    address = await lab.start()
    try:
        with config_file(address) as file:
            os.environ.update(environment(address, file))
            is_demo = name not in BEFORE
            if not is_demo:
                await run(BEFORE[name], size, is_demo=False)
                cut_off()
                LAB_TIME[:] = [NOW]
            save(name, portable(await run(scene, size, is_demo=is_demo)))
    finally:
        await lab.close()


def cut_off() -> None:
    """Let the sessions that were left alive look as a program leaves them that is killed, at a time of the pictures."""
    for file in paths.find().ledger.glob("*.json"):
        facts = json.loads(file.read_text("utf-8"))
        started = NOW.timestamp() - KEPT[facts["request"]["title"]] * 60
        facts |= {"phase": "open", "owner": "0" * 32, "started": started, "seen": NOW.timestamp() - 200}
        file.write_text(json.dumps(facts), "utf-8")


async def run(scene: Scene, size: tuple[int, int], *, is_demo: bool) -> str:
    """One run of the app, which leaves its sessions alive; the picture at its end."""
    options = Options(aws_profile="prod")

    async def opener(progress: Progress) -> Services:
        past = wiring.remember(options)
        await past.recall()
        services = await wiring.open_services(options, Settings(), past, progress)
        services.demo = is_demo
        return services

    facts = AppFacts(demo=is_demo, version=__version__)
    app = SsmtuiApp(opener, facts=facts, loaded=LoadedSettings(), clock=StillClock())
    async with app.run_test(size=size) as pilot:
        await until("the nodes", lambda: f"{FLEET} nodes" in screen_text(pilot), pilot)
        await scene(pilot)
        await pilot.pause(0.3)
        picture = app.export_screenshot(title="ssmtui")
        await RUNNING.aclose()
        assert app.services is not None
        await app.services.close(detach=True)
        app.services = None
    return picture


async def draw_all(names: list[str]) -> None:
    """The scenes that are asked for."""
    seal_environment()
    for name in names:
        await draw(name)


if __name__ == "__main__":
    asyncio.run(draw_all(sys.argv[1:] or list(SCENES)))
