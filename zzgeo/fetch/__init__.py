"""A study folder for a place from OpenStreetMap's services, whole or not at all."""
