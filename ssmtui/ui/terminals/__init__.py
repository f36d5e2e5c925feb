"""One terminal as a widget: drawn, typed into, searched, in copy mode."""
