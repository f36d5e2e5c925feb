"""The filter language: from what is typed to the nodes that are meant. Pure: no clock, no files.

``tokens`` cuts the text, ``parser`` makes terms of it, ``terms``, ``words``, ``keyed``, ``tags`` and ``patterns`` look
at rows, ``query`` is what the list asks. ``docs/filter.md`` describes the language.

Nothing is imported here: the screen knows ``errors``, ``tokens`` and ``vocabulary`` from its start, and all else once
it has painted.
"""
