"""How much the tests of the checks try: little here, all of it where the environment says so.

ONCEPROOF_SEEDS      seeds of the table checker x defect
ONCEPROOF_EXAMPLES   random histories compared with brute force
"""

import os

TABLE_SEEDS = int(os.environ.get("ONCEPROOF_SEEDS", "6"))
EXAMPLES = int(os.environ.get("ONCEPROOF_EXAMPLES", "200"))
