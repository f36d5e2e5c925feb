"""The view of saved connections without its widgets: which lines it has and what they say. Pure functions and values.

Nothing here knows textual; tones are meanings, which a theme gives colours to.
"""
