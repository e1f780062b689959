"""Measured against stated limits: ``python -m benchmarks.NAME`` prints what a machine takes."""
