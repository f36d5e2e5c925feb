"""From a saved connection to its sessions: what is asked, and on which nodes."""
