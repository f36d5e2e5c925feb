"""Where files live and what they say: paths and settings."""
