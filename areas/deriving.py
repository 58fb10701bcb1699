"""What is worked out once when borders are laid down, so that no page has to."""

from django.utils.translation import ngettext

from areas.hierarchy import find_parents, without_their_parent
from areas.models import Area, Edition, PopulationFigure
from areas.outlining import lay_outlines
from areas.residents.carrying import carry_population, without_population

#: More areas than this are not named in a sentence.
NAMED = 5


def derive(edition: Edition) -> None:
    """Simplified outlines, the areas that hold one another, and population that still holds. Repeatable."""
    lay_outlines(edition)
    find_parents(edition)
    carry_population(edition)


def left_open(edition: Edition) -> list[str]:
    """What an import should tell of newly laid borders (translated): told parents that are nowhere, lost population."""
    told = []
    if orphans := list(without_their_parent(edition)):
        told.append(
            ngettext(
                "%(count)s area names a parent that no coarser division has: %(areas)s.",
                "%(count)s areas name a parent that no coarser division has: %(areas)s.",
                len(orphans),
            )
            % {"count": len(orphans), "areas": _named([f"{area.name} ({area.parent_told})" for area in orphans])}
        )
    # Who never had figures loses none.
    had_figures = PopulationFigure.objects.filter(area__edition__division=edition.division_id).exists()
    if had_figures and (unknown := without_population(edition)):
        told.append(
            ngettext(
                "The population of %(count)s area is not known by these borders: %(areas)s.",
                "The population of %(count)s areas is not known by these borders: %(areas)s.",
                len(unknown),
            )
            % {"count": len(unknown), "areas": _named([_called(area) for area in unknown])}
        )
    return told


def _called(area: Area) -> str:
    return f"{area.code} {area.name}"


def _named(names: list[str]) -> str:
    return "; ".join(names[:NAMED]) + (f" … (+{len(names) - NAMED})" if len(names) > NAMED else "")
