"""bin/bench: measures every row in a synthetic city, and says whether each keeps its target."""

import argparse
import json
import os
import signal
import subprocess
import sys

import django

from tests.benchmarks.database import CHECKOUT, a_copy_of_the_city
from tests.benchmarks.measuring import HEAVY, SIZES


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/bench")
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--only", metavar="NAME", help="one row, such as district-counts")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the database made below goes away also then

    def build(url: str) -> None:
        print(f"building a city of {SIZES[chosen.size]} pins; it is kept for the next run", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "tests.benchmarks.building", str(SIZES[chosen.size])]
        subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, cwd=CHECKOUT, check=True)

    with a_copy_of_the_city(chosen.size, build) as url:
        os.environ |= {"DATABASE_URL": url, "STATEMENT_TIMEOUT_MS": "3600000", "DATABASE_POOL": "20"}
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
            if "turns" not in row:
                verdict = "FAILED, as told above"
            elif int(row["turns"]) < HEAVY:
                verdict += f" ({row['turns']} of {HEAVY} turns: one takes too long)"
            print(layout.format(*[row[key] for key in ("name", "ours", "baseline", "ratio", "target")], verdict))
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
