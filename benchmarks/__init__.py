"""Measurements that are printed and written to the documentation; nothing of the package depends on them."""
