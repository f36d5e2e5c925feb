"""What a command is, the registry of all of them, and the leader."""
