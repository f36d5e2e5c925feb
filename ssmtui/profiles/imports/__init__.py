"""Saved connections of other tools, and lists of ids, taken over as profiles. Pure, but for the files that are read.

Whatever cannot be used is reported with its place; nothing here writes.
"""
