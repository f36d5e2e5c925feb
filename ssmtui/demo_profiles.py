"""The saved connections of ``--demo``: made up, kept in memory, over the nodes of its lab."""

from __future__ import annotations

OWN = """\
version = 1

# Everything below "prod" is guarded, and wants a ticket.
[folders.prod]
description = "what customers see"
aws_profile = "prod"
guard = true
reason_required = true
reason_pattern = '[A-Z]+-\\d+.*'
reason_hint = "a ticket such as OPS-123"
color = "red"

[folders."prod/db"]
icon = "◆"
clipboard = "never"
scrollback_lines = 50000
reason = "{ask:Ticket}"

[folders.staging]
description = "may break at any time"
color = "yellow"

[folders.dev]
aws_profile = "dev"
several = "first-online"

[profiles."orders primary"]
folder = "prod/db"
description = "the database that takes the orders"
query = "name:db-primary tag:team=data"
several = "first-online"
labels = ["database", "on-call"]
forwards = ["15432:localhost:5432"]

[profiles.replicas]
folder = "prod/db"
description = "all that read along"
query = "name:db-replica ping:online"
several = "all"
labels = ["database"]
recording = true

[profiles."any web server"]
folder = "prod/web"
query = "tag:role=web tag:env=prod ping:online"
several = "ask"
reason = "{ask:Ticket}, look into it"
labels = ["storefront"]

[profiles."web: what is busy"]
folder = "prod/web"
description = "top on the web server that is up"
query = "tag:role=web tag:env=prod ping:online"
several = "first-online"
document = "AWS-StartInteractiveCommand"
parameters = { command = "top" }
reason = "{ask:Ticket}, load"

[profiles."checkout api"]
folder = "staging"
query = "name:staging-api ping:online"
several = "newest"
on_connect = "cd /srv && ls\\n"

[profiles."staging database"]
folder = "staging/db"
query = "name:staging-db"
icon = "◆"

# Tunnels and no shell.
[profiles."staging ports"]
folder = "staging/db"
description = "its database and its web server, on this machine"
query = "name:staging-db"
forwards = ["25432:localhost:5432", "28080:localhost:80"]
shell = false

[profiles."dev api"]
folder = "dev"
description = "in another account, listed when it is opened"
query = "name:api ping:online"

# Not in any folder: used every day.
[profiles."dev box"]
description = "my machine in the cloud"
query = "name:dev-box ping:online tag:env=dev"
several = "first-online"
keep_alive = true
color = "green"
labels = ["mine"]
"""

SHARED = {
    "platform.toml": """\
version = 1

[snippets]
"disk usage" = "df -h"
"largest directories" = "du -xh {ask:Directory} 2>/dev/null | sort -rh | head"

[snippets."what listens"]
text = "ss -ltn"
description = "the ports on which something waits"
enter = true

[folders.platform]
description = "shared by the platform team"
labels = ["platform"]
color = "cyan"

[profiles.bastion]
folder = "platform"
description = "the way into the private network"
query = "name:bastion ping:online"
several = "first-online"
size = "132x43"

[profiles."ci runners"]
folder = "platform/ci"
query = "name:ci-runner ping:online"
several = "all"
"""
}
"""Texts by the names of their files."""
