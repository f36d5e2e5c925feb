"""Keys, commands and settings: to look them up, and to run commands by name."""
