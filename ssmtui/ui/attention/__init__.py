"""Watching sessions, and saying what they were watched for: messages, bells, desktop notifications, a command."""
