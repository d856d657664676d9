"""The highest rate of arrivals at which a service level holds.

search  brackets it: doubles until a level is missed, then halves the distance
report  the search as lines
"""
