"""Chapter THR: threads."""
