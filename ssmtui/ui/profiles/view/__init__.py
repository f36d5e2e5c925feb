"""The view of saved connections: which lines it has, and its keys."""
