"""The nodes that are known: store, filter, poller. No textual, no boto3."""
