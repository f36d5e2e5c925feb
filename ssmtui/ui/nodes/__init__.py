"""The list of nodes: its filter, its table, marks, details and copies."""
