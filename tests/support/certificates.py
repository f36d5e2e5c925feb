"""Certificates for servers of this machine."""

from __future__ import annotations

import re
import ssl
import subprocess
from pathlib import Path


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for 127.0.0.1 and a server's context that shows it."""
    key, file = folder / "key.pem", folder / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(file)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return file, context


def authority(folder: Path, *names: str, organization: str = "Example Corp") -> tuple[Path, ssl.SSLContext]:
    """The certificate of an authority of one's own, and a server's context whose certificate it has signed for
    ``names``: DNS names, with a leading ``*.`` perhaps, and IP addresses."""
    folder.mkdir(exist_ok=True)
    root, root_key, key, request, file = (
        folder / name for name in ("root.pem", "root.key", "server.key", "server.csr", "server.pem")
    )
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    is_address = re.compile(r"[0-9.]+|.*:.*").fullmatch
    listed = ",".join(f"{'IP' if is_address(name) else 'DNS'}:{name}" for name in names)
    extensions = folder / "server.ext"
    extensions.write_text(
        f"subjectAltName={listed}\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n"
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    subject = f"/O={organization}/CN={organization} Inspection"
    signed_by = ["-CA", root, "-CAkey", root_key, "-CAcreateserial"]
    usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    for command in (
        ["req", "-x509", *new_key, "-days", "2", "-subj", subject, *usage, "-keyout", root_key, "-out", root],
        ["req", *new_key, "-subj", "/CN=front", "-keyout", key, "-out", request],
        ["x509", "-req", "-in", request, *signed_by, "-days", "2", "-extfile", extensions, "-out", file],
    ):
        subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return root, context
