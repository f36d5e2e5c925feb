"""Connections through Port sessions: tunnels from local ports over sessions of ``sessions``. No screen."""
