"""The audit of a fleet: what playbooks found, judged, as table, page and JSON."""
