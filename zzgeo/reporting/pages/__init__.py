"""Pages that open with no internet."""
