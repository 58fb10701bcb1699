"""What is worked out once when borders are laid down, so that no page has to."""

from areas.hierarchy import find_parents
from areas.models import Edition
from areas.outlining import lay_outlines
from areas.residents.carrying import carry_population


def derive(edition: Edition) -> None:
    """Simplified outlines, the areas that hold one another, and population that still holds. Repeatable."""
    lay_outlines(edition)
    find_parents(edition)
    carry_population(edition)
