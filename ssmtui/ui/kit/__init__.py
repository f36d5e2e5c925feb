"""Dialogs, lists, entries and lines that several features use. They know no domain."""
