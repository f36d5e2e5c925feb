"""Saved connections: what they say, where each value comes from, which nodes they mean, the files they live in.

No textual, no boto3. ``profile`` holds the values that all share, ``keys`` is the one table of what may be written.
Files come in by ``shelves``, ``reading`` and ``inheritance``; ``editing`` changes them; ``store`` has all of it for the
program. ``template``, ``asking``, ``resolving`` and ``guards`` lead from a profile to what is started. ``histories``
keeps what was typed into forms.
"""
