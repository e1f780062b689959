"""Ground, divided: which place each piece of land is nearest to, what circles cover, what is left."""
