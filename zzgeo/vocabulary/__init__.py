"""Words that every room shares, each fact once: verdicts, flags, units, owners."""
