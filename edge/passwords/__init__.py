"""A machine's own passwords: on trial, gone back by themselves, confirmed. Standard library and ``edge.base`` only."""
