"""The way to a session: guards, questions, the form, several at once and their results."""
