"""The ledger: a record on disk of each session from before it is started until its end, and the journal of all of them.

It finds the sessions of a run that was killed, or that left them alive. Never a token, a key, typed input or output.
"""
