"""The table: columns, order, layout and how rows are drawn."""
