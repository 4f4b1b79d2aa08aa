"""The audit: what was found is read as hostile, judged by rules, and shown."""
