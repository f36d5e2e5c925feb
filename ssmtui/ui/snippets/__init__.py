"""Saved commands: choosing one, answering what it asks, seeing what will be sent."""
