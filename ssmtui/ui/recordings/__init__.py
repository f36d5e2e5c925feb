"""Recording a session."""
