"""The Session Manager data channel, sans-I/O: bytes and `now` in; events, bytes and one deadline out."""
