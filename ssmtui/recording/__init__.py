"""Recordings of sessions: what a node printed, in a file that asciinema plays. Never what was typed.

No sockets, no screen. Files are written in threads; nothing here holds the event loop.
"""
