"""What was printed: copied, searched in all sessions, its links; and what nodes copy by themselves."""
