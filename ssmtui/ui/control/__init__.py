"""The control room: the sessions of everybody, whoever started them and whatever holds them."""
