"""A process without a screen that keeps sessions while nobody looks: it reads, acknowledges and records their output
and keeps them alive. It takes them over from a screen that leaves, and a screen takes them over from it."""
