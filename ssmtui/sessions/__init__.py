"""Sessions: a data channel, its pane's engine and what the screen may know of both. No textual, no boto3."""
