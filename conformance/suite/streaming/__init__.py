"""Event streams: what they say of a run, in which order, and when."""
