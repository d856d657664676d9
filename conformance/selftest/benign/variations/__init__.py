"""The variations, in a module for each kind of what they change."""
