"""What a node is built of: bill of materials, sheets computed from it, wiring, enclosure; no part of the firmware."""
