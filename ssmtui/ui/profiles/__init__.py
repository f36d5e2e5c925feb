"""Saved connections: the view, the form, and how they are opened."""
