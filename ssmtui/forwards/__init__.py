"""Connections through Port sessions: byte streams over a session of ``sessions``. No listeners, no screen."""
