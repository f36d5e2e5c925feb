"""The local stand-in for AWS: for the demo, the tests and the screenshots. Shares only the codec with the client."""
