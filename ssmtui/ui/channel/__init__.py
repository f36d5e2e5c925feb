"""What has happened to a session's channel, on demand."""
