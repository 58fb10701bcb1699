"""Makes the kept city of one size in an empty database: `python -m tests.benchmarks.building PINS`."""

import datetime
import sys
from typing import Final

import django
from django.core.management import call_command

#: The clock of the benchmark city: it is the same whenever it is built.
NOW: Final = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


def main() -> None:
    django.setup()
    from mapfeedback.management.seeding.sowing import sow

    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_categories", verbosity=0)
    sow(pins=int(sys.argv[1]), seed=1, now=NOW, progress=lambda sentence: print(sentence, file=sys.stderr, flush=True))


if __name__ == "__main__":
    main()
