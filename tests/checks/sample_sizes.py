"""How many examples the tests of the checks try: few by default, more by environment variables.

ONCEPROOF_SEEDS      seeds of the table checker x defect
ONCEPROOF_EXAMPLES   random histories compared with brute force
"""

import os

TABLE_SEEDS = int(os.environ.get("ONCEPROOF_SEEDS", "6"))
EXAMPLES = int(os.environ.get("ONCEPROOF_EXAMPLES", "200"))
