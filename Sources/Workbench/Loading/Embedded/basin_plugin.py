"""Talks to Basin; see Documentation/plugin-protocol.md."""
