"""A table of rows of any kind: filter, columns, order, marks, what is drawn."""
