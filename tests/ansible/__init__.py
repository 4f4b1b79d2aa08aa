"""The roles and playbooks of ``ansible/``: their words, their style, and what they do to real nodes."""
