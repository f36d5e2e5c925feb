"""Signing in to AWS: offered where it helps, done in a dialog, and how long it still lasts."""
