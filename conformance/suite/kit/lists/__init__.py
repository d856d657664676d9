"""Lists: what the conditions of a search find together, and walks over their pages."""
