"""The records of a field run, by what they are about; derived once, shared by all oracles."""
