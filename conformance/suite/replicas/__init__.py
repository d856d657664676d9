"""Several replicas: none knows more than the others, and any may come and go."""
