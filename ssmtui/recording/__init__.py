"""Recordings of sessions: what a node printed, in a file that asciinema plays. Never what was typed: that has
passwords.

No sockets, no screen. Files are written in threads; nothing here blocks the event loop.
"""
