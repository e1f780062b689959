"""What closes a gap: where the people missed live, and where one more facility helps most."""
