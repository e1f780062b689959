"""The folder of results: what is written to it, and how it is swapped as a whole."""
