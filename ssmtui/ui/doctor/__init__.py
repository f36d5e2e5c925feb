"""What is wrong on this side: settings, AWS configuration, network, credentials, permissions, terminal, files."""
