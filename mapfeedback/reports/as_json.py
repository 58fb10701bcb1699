"""The figures of all areas for machines: `counts.json`."""

from collections.abc import Mapping

from mapfeedback.pins.figures import EditionFigures
from mapfeedback.pins.touching import ReachingIn
from mapfeedback.reports.rates import Rated


def as_json(counted: EditionFigures, areas: tuple[Rated, ...], reaching: Mapping[int, ReachingIn]) -> dict[str, object]:
    """`areas` + `unlocated` + `outside` (+ `suspected_default` when kept apart) = `total`.

    `reaching` of an area is in none of them: lines and drawn areas that lie partly in it and count elsewhere.
    """
    edition = counted.edition
    answer: dict[str, object] = {
        "division": edition.division.slug,
        "borders_from": edition.valid_from.isoformat(),
        "borders_until": edition.valid_to and edition.valid_to.isoformat(),
        "is_example": edition.is_example,
        "kind": edition.division.kind,
        "areas": [_area(one) | {"reaching": told(reaching.get(one.area.pk, ReachingIn()))} for one in areas],
        "unlocated": counted.unlocated.n,
        "outside": counted.outside.n,
        "total": counted.total.n,
    }
    if counted.suspected_default is not None:
        answer["suspected_default"] = counted.suspected_default.n
    return answer


def _area(one: Rated) -> dict[str, object]:
    """Null is what is not known (`per_1000` without a population) or too little to say.

    Too little: shares of fewer than five messages, rates among fewer than fifty residents. `population` is that of the
    end of `population_year`; null there: the borders' file told it and no year.
    """
    return {
        "code": one.area.code,
        "name": one.area.name,
        "pins": one.figure.n,
        "population": one.residents.persons,
        "population_year": one.residents.year,
        "per_1000": _rounded(one.per_1000, 2),
        "answered": one.figure.answered,
        "answered_share": _rounded(one.figure.answered_share, 3),
        "median_days_to_answer": _rounded(one.figure.typical_days, 1),
        "suspected_default": one.figure.suspected,
    }


def told(reaching: ReachingIn) -> dict[str, object]:
    """For machines; sizes are of the parts inside, in kilometres and hectares."""
    return {
        "lines": reaching.lines,
        "kilometres": round(reaching.metres / 1000, 3),
        "areas": reaching.drawn,
        "hectares": round(reaching.square_metres / 10_000, 3),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
