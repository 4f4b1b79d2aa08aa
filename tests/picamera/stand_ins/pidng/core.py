"""See the package."""


class PICAM2DNG:
    """Writes a raw picture."""
