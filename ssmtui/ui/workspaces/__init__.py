"""Sets of tabs that come back."""
