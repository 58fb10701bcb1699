"""bin/bench: measures every row, and says whether each keeps its target."""

import argparse
import json
import sys

import django


def main() -> int:
    django.setup()
    from tests.benchmarks.rows import REPEATS, ROWS

    parser = argparse.ArgumentParser(prog="bin/bench")
    parser.add_argument("--size", choices=REPEATS, default="small")
    parser.add_argument("--only", choices=ROWS, metavar="NAME", help=f"one of {', '.join(ROWS)}")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()

    rows = [measure(chosen.size).as_dict() for name, measure in ROWS.items() if chosen.only in {None, name}]
    if chosen.json:
        print(json.dumps(rows, indent=2))
    else:
        layout = "{:24} {:>10} {:>10} {:>8} {:>8}  {}"
        print(layout.format("", "ours ms", "baseline", "ratio", "target", ""))
        for row in rows:
            verdict = "holds" if row["holds"] else "BROKEN"
            print(layout.format(*[row[key] for key in ("name", "ours", "baseline", "ratio", "target")], verdict))
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
