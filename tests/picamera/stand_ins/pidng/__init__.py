"""Stands in for the writer of raw pictures, which picamera2 imports, no node uses, and which needs a compiler."""
