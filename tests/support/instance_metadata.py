"""The metadata service of an EC2 instance (IMDSv2) that gives credentials of a lab's role."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ssmtui.lab.lab import Lab
from ssmtui.lab.unsigned import CONTAINER_PATH
from tests.support.signed_in import http

ROLE = "instance-role"
_TOKEN = "the-token"
_CREDENTIALS = "/latest/meta-data/iam/security-credentials/"


@contextmanager
def instance_metadata(lab: Lab) -> Iterator[str]:
    """Serve it; the address for ``AWS_EC2_METADATA_SERVICE_ENDPOINT``. The lab's loop must run in another thread."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            asks = self.path == "/latest/api/token" and self.headers["x-aws-ec2-metadata-token-ttl-seconds"]
            self._send(*((200, _TOKEN) if asks else (400, "")))

        def do_GET(self) -> None:
            if self.headers["x-aws-ec2-metadata-token"] != _TOKEN:
                self._send(401, "")
            elif self.path == _CREDENTIALS:
                self._send(200, ROLE)
            elif self.path == _CREDENTIALS + ROLE:
                self._send(200, json.dumps(self._credentials()))
            else:
                self._send(404, "")

        def _credentials(self) -> dict[str, str]:
            headers = {"Authorization": lab.identity.container_token}
            given = http("GET", lab.address.endpoint_url + CONTAINER_PATH, None, headers).json
            updated = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            return {"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": updated, **given}

        def _send(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing goes to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, name="instance metadata", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
