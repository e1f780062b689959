"""From raw layers to the checked tables of a study: each step a table in, a table out."""
