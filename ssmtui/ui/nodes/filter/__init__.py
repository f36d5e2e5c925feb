"""The line above the list, its help, and saved filters."""
