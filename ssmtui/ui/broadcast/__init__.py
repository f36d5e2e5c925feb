"""Typing into several sessions at once: who takes part, what is said of it, one line for all, and who differs."""
