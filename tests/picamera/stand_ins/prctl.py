"""Stands in for python-prctl, which picamera2 imports for an output that no node uses, and which needs a compiler."""
