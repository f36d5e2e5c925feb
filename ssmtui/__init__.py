"""ssmtui: a full-screen terminal client for AWS Systems Manager Session Manager.

This file stays empty but for the version: every verb and the engine host import it first.
"""

__version__ = "0.1.0"
