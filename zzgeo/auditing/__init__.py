"""Every rule in every district: the report, what it rests on, and reports compared."""
