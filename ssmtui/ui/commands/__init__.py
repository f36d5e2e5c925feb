"""What a command is, and the registry of all of them. The commands themselves are named in ``ui/all_commands``."""
