"""An arm64 Debian under emulation: a node's own programs, libraries and tests as a 64-bit Raspberry Pi has them."""
