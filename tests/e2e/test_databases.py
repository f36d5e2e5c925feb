"""``ssmtui databases`` as scripts start it: what it lists, ``ssmtui forward`` leads to."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.request
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Run
from tests.e2e.test_forward import Start, start  # noqa: F401  # a fixture

pytestmark = pytest.mark.timeout(60)

ANSWER = b"from behind the node"


class Dashboard(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def databases(run: Run) -> list[dict[str, object]]:
    """What the lab's node is near."""
    done = run("databases", "web-1", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


@pytest.fixture
def listened(databases: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    """One of them whose port is free on this machine, which is where the lab's node finds all of AWS's addresses; an
    HTTP server listens there."""
    for database in databases:
        try:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", int(str(database["port"]))), Dashboard)
        except OSError:
            continue
        with server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield database
            server.shutdown()
            thread.join()
        return
    pytest.skip("all ports of the lab's databases are taken on this machine")


def test_the_table_and_the_objects_tell_the_same(run: Run, databases: list[dict[str, object]]) -> None:
    lines = run("databases", "web-1").stdout.splitlines()
    assert len(lines) == len(databases) + 1
    assert all(str(one["address"]) in line for one, line in zip(databases, lines[1:], strict=True))
    assert all(one["in_vpc_of_node"] for one in databases)


def test_an_address_leads_there(listened: dict[str, object], start: Start) -> None:  # noqa: F811
    with start("web-1", f"0:{listened['address']}") as forwarding:
        port = forwarding.until("listening")["port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
            assert answer.read() == ANSWER
