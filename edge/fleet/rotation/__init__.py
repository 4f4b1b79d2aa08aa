"""Password rotation: made and kept here, on trial on the machine, proven over a new connection, then confirmed."""
