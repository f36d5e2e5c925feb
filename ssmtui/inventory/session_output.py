"""Where the output of a session is kept, in words. Pure."""

from __future__ import annotations

from ssmtui.inventory.session_fields import is_port
from ssmtui.inventory.session_rows import SessionRow
from ssmtui.model import SessionDocument

_PLACEHOLDER = "{{"


def output_places(row: SessionRow, document: SessionDocument | None) -> tuple[str, ...]:
    """A few words for each place where the output of the session is, or will be once it is over.

    What DescribeSessions says goes first, but AWS's model calls ``OutputUrl`` "reserved for future use". Then it is
    where the session's ``document`` has it logged: the agent writes the S3 object ``PREFIX/SESSION-ID.log`` and the log
    stream SESSION-ID (amazon-ssm-agent, ``shell.go``). None of a forwarded port, which is not logged, and where a
    parameter of the document decides.
    """
    record = row.record
    said = tuple(url for url in (record.log_url, record.s3_url) if url)
    if said or document is None or is_port(row):
        return said
    group, bucket = document.log_group, document.s3_bucket
    places = [f"CloudWatch log group {group}, stream {record.session_id}"] if group else []
    if bucket:
        prefix = document.s3_prefix.strip("/")
        places.append(f"s3://{bucket}/{prefix}{'/' if prefix else ''}{record.session_id}.log")
    return tuple(place for place in places if _PLACEHOLDER not in place)
