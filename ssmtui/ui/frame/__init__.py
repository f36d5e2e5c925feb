"""The app: it makes the features, opens and closes the services, and routes keys and messages."""
