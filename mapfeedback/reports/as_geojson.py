"""The report's contributions as GeoJSON (RFC 7946), with the report's own numbers as a further member."""

import json
from dataclasses import asdict
from typing import Any

from mapfeedback.reports.as_json import told
from mapfeedback.reports.district import DistrictReport, ReportItem


def as_geojson(report: DistrictReport) -> bytes:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "report": _about(report),
            "features": [_feature(item) for item in report.items],
        },
        ensure_ascii=False,
        default=str,
    ).encode()


def _about(report: DistrictReport) -> dict[str, Any]:
    total, area, mine = report.figures.counted.total, report.area, report.figures.mine
    return {
        "division": area.division.slug,
        "code": area.code,
        "name": area.name,
        "borders_from": area.edition.valid_from,
        "is_example": area.edition.is_example,
        "drawn_by": report.figures.drawn_by and report.figures.drawn_by.name_fi,
        "since": report.question.pin_filter.since,
        "until": report.question.pin_filter.until,
        "made_on": report.made_on,
        "population": mine.residents.persons,
        "population_year": mine.residents.year,
        "per_1000": None if mine.per_1000 is None else round(mine.per_1000, 2),
        "km2": round(area.km2, 3),
        "total": total.n,
        "answered": total.answered,
        "supports": report.supports,
        "reaching": told(report.figures.reaching),
        "url": report.url,
    }


def _feature(item: ReportItem) -> dict[str, Any]:
    properties = asdict(item)
    geometry = properties.pop("geometry")
    for member in ("id", "lon", "lat"):
        del properties[member]
    return {
        "type": "Feature",
        "id": item.id,
        "geometry": json.loads(geometry) if geometry else None,
        "properties": properties,
    }
