"""Where a coordinate really is: datums, the metric CRS, what looks wrong, and metres of ground."""
