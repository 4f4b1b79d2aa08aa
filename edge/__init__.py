"""Mimamori Edge: street-camera firmware for municipalities, with the city's side that it reports to."""

__version__ = "0.1.0"
