"""Chapter SDK: the official client."""
