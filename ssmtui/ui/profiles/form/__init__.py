"""The form of a saved connection."""
