"""Study after study."""
