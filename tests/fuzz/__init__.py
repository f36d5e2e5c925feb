"""Hostile output against the engines' host process. See docs/fuzzing.md for how to run it and what it has found."""
