"""AWS profiles and regions: which are listed, how far each is, and what went wrong."""
