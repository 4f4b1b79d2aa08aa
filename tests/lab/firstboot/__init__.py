"""A board's first boot, for real: a card made by the city's commands, a booted Debian Trixie, cloud-init, a center."""
