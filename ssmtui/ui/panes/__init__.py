"""Sessions as tabs and panes: what stands around a terminal, and what is done with it."""
