"""The sheets: power, cost and mass, heat, card, line, lens, computed from the bill of materials and the assumptions."""
