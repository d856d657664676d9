"""Runs the plan of a field certification and records what was seen.

watch       requests that read, and their records
ours        one run of ours
readers     the three readers of a run
execution   create a run, follow it through every view, answer its questions
situations  what is done on one thread: turns, double texting, cancel
lists       search and count over our threads
drive       all of it, and the removal of everything that was made
"""
