"""The probe graphs that the users of a load and the bench run."""

GRAPHS = ("load_echo", "ticks")
