"""The list of tunnels, and how they are opened and closed."""
