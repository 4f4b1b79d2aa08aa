"""What the city's IT does with its nodes from its own machine: papers, cards, rotation, releases, audit."""
