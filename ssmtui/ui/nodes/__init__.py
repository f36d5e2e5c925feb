"""The list of nodes as values and pure functions: columns, layout, marks, copies, what is remembered. No widgets."""
