"""The control room: the sessions of everybody, by whatever program they were started and are held."""
