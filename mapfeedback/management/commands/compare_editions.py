"""What changes if these borders are put in force: for whoever decides, before it is done."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from areas.models import Edition
from mapfeedback.pins.comparing import Comparison, compare
from mapfeedback.pins.memberships import remember_edition


class Command(BaseCommand):
    help = "Compare the borders in force of a division with a draft, or with the borders before them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("division", help="its slug, such as turku-districts")
        parser.add_argument("--draft", type=int, metavar="ID", help="this draft; else the newest")
        parser.add_argument("--json", action="store_true", help="one report as JSON on standard output")

    @no_translations
    def handle(self, **options: Any) -> None:
        editions = Edition.objects.select_related("division").filter(division__slug=options["division"])
        in_force = editions.in_force().first()
        if in_force is None:
            raise CommandError(f"{options['division']} has no borders in force.")
        drafts = editions.drafts().order_by("-pk")
        draft = (drafts.filter(pk=options["draft"]) if options["draft"] else drafts).first()
        before = editions.published().exclude(pk=in_force.pk).order_by("-valid_from").first()
        if draft is not None:
            remember_edition(draft)
            old, new = in_force, draft
        elif before is not None and not options["draft"]:
            old, new = before, in_force
        else:
            raise CommandError("There is nothing to compare with: no such draft, and no earlier borders.")
        comparison = compare(old, new)
        if options["json"]:
            self.stdout.write(json.dumps(as_dict(comparison), ensure_ascii=False, indent=2))
        else:
            self._tell(comparison)

    def _tell(self, comparison: Comparison) -> None:
        self.stdout.write(
            f"{comparison.old.valid_from} -> {comparison.new.valid_from}: {comparison.moved} of {comparison.total}"
            f" messages change their district; {comparison.newly_outside} go out, {comparison.newly_inside} come in"
        )
        for row in comparison.rows:
            self.stdout.write(
                f"  {row.code:>6} {row.name}: {row.change}, {row.before} -> {row.after} messages"
                f" (-{row.leaving} +{row.coming}), ground -{row.km2_lost:.3f} +{row.km2_gained:.3f} km2"
            )


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """For machines: the same with all moves; null is outside."""
    return {
        "division": comparison.old.division.slug,
        "old": comparison.old.valid_from.isoformat(),
        "new": comparison.new.valid_from.isoformat(),
        "total": comparison.total,
        "moved": comparison.moved,
        "newly_outside": comparison.newly_outside,
        "newly_inside": comparison.newly_inside,
        "areas": [
            {
                "code": row.code,
                "change": row.change.value,
                "name_before": row.old.name_fi if row.old else None,
                "name_after": row.new.name_fi if row.new else None,
                "before": row.before,
                "after": row.after,
                "leaving": row.leaving,
                "coming": row.coming,
                "km2_lost": round(row.km2_lost, 6),
                "km2_gained": round(row.km2_gained, 6),
            }
            for row in comparison.rows
        ],
        "moves": [
            {"from": move.old.code if move.old else None, "to": move.new.code if move.new else None, "pins": move.pins}
            for move in comparison.moves
        ],
    }
