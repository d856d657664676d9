"""`onceproof chaos`: random faults and a random workload of one seed, and then the judge."""
