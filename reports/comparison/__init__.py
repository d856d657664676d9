"""Two runs, or two groups of repeats, side by side: verdicts that changed, figures that moved.

sides       which documents are compared: one run or several repeats of it
verdicts    requirements whose verdict changed, with the evidence of both sides
bootstrap   how far a ratio of two noisy series can be trusted
figures     throughput and latencies under load, with their bounds
conclusion  what it amounts to, and its lines
"""
