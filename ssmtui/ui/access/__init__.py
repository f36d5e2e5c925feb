"""Why a node cannot be connected to, and just-in-time access to it."""
