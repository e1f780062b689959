"""How sites are searched for: arrays, compiled kernels, proven bounds, and a solver for the small rest."""
