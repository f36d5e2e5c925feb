"""Where files live, what they say and what is logged: paths, settings and logs. No room above is known here."""
