"""What tables, facility kinds and study files are made of."""
