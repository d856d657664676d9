"""The layout of a run's folder: names that those who write into it and those who judge it share."""

#: The history of the run's own deployment, of one lane, and of the load.
HISTORY = "history.jsonl"
LOAD_HISTORY = "history-load.jsonl"

#: Holds a folder for each lane of the suite, laid out as that of a run.
LANES = "lanes"

#: Everything else that the results are derived from.
EVIDENCE = "evidence.json"

#: The faults that a chaos played.
SCHEDULE = "schedule.json"
