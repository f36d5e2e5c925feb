"""The form of a session document, which starts and saved profiles share."""
