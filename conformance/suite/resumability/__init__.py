"""Streams that are cut and taken up again, and the streams of threads."""
