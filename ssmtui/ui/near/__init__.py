"""The databases and caches near a node, for tunnels to them, and the tokens that open databases."""
