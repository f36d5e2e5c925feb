"""What the screens are made of. A widget holds keys and frozen values, never a session."""
