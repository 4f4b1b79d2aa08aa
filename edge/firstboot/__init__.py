"""Makes a node of a board that starts for the first time, from what its boot partition brings; needs no library."""
