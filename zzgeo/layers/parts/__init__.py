"""What layers share: looks, packing of coordinates, tables with findings, the first things a picture shows."""
