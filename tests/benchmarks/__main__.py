"""bin/bench: measures every row in a synthetic city, and says whether each keeps its target."""

import argparse
import json
import os
import signal
import sys

import django

from tests.benchmarks.database import a_database_of_its_own
from tests.benchmarks.measuring import SIZES


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/bench")
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--only", metavar="NAME", help="one row, such as district-counts")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the database made below goes away also then
    with a_database_of_its_own() as url:
        os.environ |= {"DATABASE_URL": url, "STATEMENT_TIMEOUT_MS": "3600000"}
        django.setup()
        from tests.benchmarks.rows import ROWS, measured

        if chosen.only not in {None, *ROWS}:
            parser.error(f"--only is one of {', '.join(ROWS)}")
        rows = measured(chosen.size, [chosen.only] if chosen.only else list(ROWS))
    if chosen.json:
        print(json.dumps(rows, indent=2))
    else:
        layout = "{:28} {:>10} {:>10} {:>8} {:>8}  {}"
        print(layout.format("", "ours ms", "baseline", "ratio", "target", ""))
        for row in rows:
            verdict = "holds" if row["holds"] else "BROKEN"
            print(layout.format(*[row[key] for key in ("name", "ours", "baseline", "ratio", "target")], verdict))
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
