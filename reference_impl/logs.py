"""What a process of the server writes to its log, and how."""

import logging


def write_logs(level: int | str) -> None:
    """Write log records of at least this level to stderr."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs each call to the beacon
