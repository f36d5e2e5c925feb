"""Signing a person in to AWS: what the AWS CLI's `sso login`, `login` and its question for an MFA code do, and the same
files written, so that the AWS CLI and every SDK are signed in as well.

:mod:`flow` is the way in. Nothing here asks on a terminal: a :class:`person.Person` shows the page and gives codes.
"""
