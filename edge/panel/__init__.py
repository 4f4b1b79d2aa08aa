"""Place of the LED and button: their state table, and the GPIO adapter."""
