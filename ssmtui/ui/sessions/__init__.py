"""All sessions at once: going to one by its name, closing those that are over."""
