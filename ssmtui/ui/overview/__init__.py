"""All sessions on one screen, each as a tile with its last lines."""
