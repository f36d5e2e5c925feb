"""Where no account is open yet: the ways on, the demo, and how access to AWS is set up."""
