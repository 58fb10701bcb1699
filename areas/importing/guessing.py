"""Which fields of a file hold what: what the person said, else what a field's name and its values leave no doubt of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from areas.importing import naming
from areas.importing.reading import Feature
from areas.importing.report import ImportReport, NeedsConfirmation, listed
from areas.importing.staged import Choices

#: What a person writes instead of a field's name when there is none and none may be guessed.
NONE: Final = "-"
#: A field of fewer filled values than this share is hardly the one that names the areas.
FILLED: Final = 0.5
#: As many characters as a shapefile keeps of a field's name.
_DBF: Final = 10
_SHOWN: Final = 3

#: Names that say "name" and nothing else, likeliest first: the first of them that is filled is taken.
SURE_NAMES: Final = (
    "nimi_fi", "name_fi", "nimi_suomi", "nimifi", "namefin", "nimi_su", "nimi", "name", "name_en", "nameeng",
)  # fmt: skip
#: Names of kinds of areas, which cities give to their name fields. Two of them in one file are for a person to judge.
LIKELY_NAMES: Final = (
    "kaupunginosa", "kaupunginosan_nimi", "kaupunginosanimi", "kosa_nimi", "kosanimi", "osa_alue", "osaalue", "alue",
    "alueen_nimi", "alue_nimi", "aluenimi", "kyla", "kylä", "kylan_nimi", "tilastoalue", "pienalue", "asuinalue",
    "asemakaava_alue", "koulupiiri", "posti_toimipaikka", "toimipaikka", "kuntanimi", "stadsdel", "omrade", "område",
    "by_namn", "neighborhood", "neighbourhood", "neighborhoods", "neighbourhoods", "neighborhood_name", "nbhd_name",
    "nhood", "hood", "pri_neigh", "ntaname", "boroname", "borough", "boro_name", "district", "district_name",
    "dist_name", "ward_name", "community", "comm_name", "area_name", "areaname", "suburb", "subdivision", "label",
    "title", "bezname", "bez_name", "bezirk", "stadtteil", "stadtteil_name", "stadtbezirk", "ortsteil", "gen",
    "stt_name", "quartier", "quartier_name", "nom", "nom_quartier", "l_qu", "nombre", "barrio", "nome", "nm_bairro",
    "bairro", "naam", "wijknaam", "wk_naam", "buurtnaam", "bu_naam", "bydel", "bydel_navn", "bydelsnavn", "navn",
    "nazwa", "municipality", "county_name", "state_name",
)  # fmt: skip
SWEDISH_NAMES: Final = (
    "nimi_sv", "name_sv", "nimi_se", "nimi_ruotsi", "nimi_ru", "nimisv", "namn_sv", "nameswe", "kosa_ruotsiksi", "namn",
)  # fmt: skip
#: Row numbers of a map program (id, fid, objectid, cartodb_id …) are not here: they change with every export, and a
#: code stands in addresses and saved filters.
CODES: Final = (
    "tunnus", "koodi", "code", "aluetunnus", "alue_tunnus", "aluekoodi", "alue_koodi", "alue_nro", "aluenro",
    "kaupunginosatunnus", "kaupunginosa_tunnus", "kosa_tunnus", "kosa_nro", "kosanro", "kokotun", "kokotunnus",
    "osa_alue_tunnus", "tilastoalue_tunnus", "posti_alue", "postinumeroalue", "postinumero", "natcode",
    "numero", "nro", "kod", "omradeskod", "ntacode", "borocode", "area_code", "bu_code", "wk_code", "buurtcode",
    "wijkcode", "bezirk_nr", "stadtteil_nummer", "ags", "rs", "geoid",
)  # fmt: skip
POPULATIONS: Final = (
    "vakiluku", "väkiluku", "vaesto", "väestö", "asukasluku", "asukkaat", "asukkaita", "asukasmaara", "asukasmäärä",
    "vaki_yht", "he_vakiy", "population", "pop", "befolkning", "folkmangd", "folkmängd", "invanare", "invånare",
)  # fmt: skip
PARENTS: Final = (
    "parent", "parent_code", "ylaalue", "yläalue", "suuralue", "suuralue_tunnus", "suuralue_nimi", "suurpiiri",
    "suurpiirinimi", "suurpiiri_tunnus", "peruspiiri", "storomrade", "storområde",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Column:
    """One field with its values in the file's order, as one line of text each."""

    field: str
    values: tuple[str, ...]

    @property
    def filled(self) -> float:
        return sum(map(bool, self.values)) / max(1, len(self.values))

    @property
    def wordy(self) -> bool:
        """Whether most of its values are words and not numbers."""
        return sum(any(map(str.isalpha, value)) for value in self.values) >= FILLED * max(1, len(self.values))

    @property
    def examples(self) -> str:
        return listed(list(dict.fromkeys(filter(None, self.values)))[:_SHOWN], _SHOWN)


def fields_of(features: Sequence[Feature], choices: Choices, report: ImportReport) -> dict[str, str]:
    """Our words (name, name_sv, code, population, parent) with the file's field for each, empty where there is none.

    What was guessed is told in the report with examples and the option that says otherwise. Raises Refused, and
    NeedsConfirmation where a person must choose.
    """
    present = {
        name: _Column(name, tuple(naming.words(feature.properties.get(name)) for feature in features))
        for name in {name: None for feature in features for name in feature.properties}
    }
    said = {
        "name": (choices.name_field, "--name-field"),
        "name_sv": (choices.name_sv_field, "--name-sv-field"),
        "code": (choices.code_field, "--code-field"),
        "population": (choices.population_field, "--population-field"),
        "parent": (choices.parent_field, "--parent-field"),
    }
    fields = {
        ours: "" if wanted == NONE else naming.pick_field(wanted, present, option)
        for ours, (wanted, option) in said.items()
    }
    free = [column for name, column in present.items() if name not in fields.values()]
    _guess_name(fields, choices, free, report)
    name = present.get(fields["name"])
    free = [column for column in free if column.field not in fields.values()]
    if not choices.name_sv_field and name is not None and (found := _first(SWEDISH_NAMES, _able(free))):
        fields["name_sv"] = found.field
        _tell(report, _("The Swedish names were taken from the field %(field)s: %(examples)s."), found)
    if not choices.code_field and (found := _code(free, name)):
        fields["code"] = found.field
        _tell(
            report,
            _("The codes were taken from the field %(field)s, where each area has its own: %(examples)s."),
            found,
        )
    if not choices.population_field and (found := _first(POPULATIONS, filter(_counts, free))):
        fields["population"] = found.field
        _tell(
            report,
            _("The population was taken from the field %(field)s, which holds whole numbers only: %(examples)s."),
            found,
        )
    if not choices.parent_field and (found := _first(PARENTS, _able(free))):
        fields["parent"] = found.field
        _tell(report, _("The area that each belongs to was taken from the field %(field)s: %(examples)s."), found)
    report.fields = {ours: theirs for ours, theirs in fields.items() if theirs}
    return fields


def _tell(report: ImportReport, sentence: str, column: _Column) -> None:
    report.warnings.append(sentence % {"field": column.field, "examples": column.examples})


def _guess_name(fields: dict[str, str], choices: Choices, free: Sequence[_Column], report: ImportReport) -> None:
    """The name field, unless the person said which, or that there is none; asked for where nothing else tells areas."""
    if choices.name_field:
        return
    able = list(_able(free))
    found = _first(SURE_NAMES, able) or _only(able) or _first(SWEDISH_NAMES, able)
    if found is not None:
        fields["name"] = found.field
        _tell(report, _("The names were taken from the field %(field)s: %(examples)s."), found)
        return
    if fields["code"]:
        return
    if not free:
        raise NeedsConfirmation(
            _("The features have no fields, so the areas have no names."),
            how=_("Number them with --name-field -, or export the file with a field of names."),
            asks="names",
        )
    wordy = [column for column in free if column.wordy]
    raise NeedsConfirmation(
        _("It is not clear which field holds the names. Fields in the file: %(present)s.")
        % {"present": listed([f"{c.field} ({c.examples})" if c.wordy else c.field for c in (wordy or free)], 40)},
        how=_("Say it with --name-field."),
        asks="names",
    )


def _only(able: Sequence[_Column]) -> _Column | None:
    """The field that bears the name of a kind of area; of several the only one that tells all areas apart, or none."""
    found = [column for column in able if column.wordy and _called(column, LIKELY_NAMES)]
    if len(found) > 1:
        found = [column for column in found if len(set(column.values)) == len(column.values)]
    return found[0] if found and all(column.values == found[0].values for column in found) else None


def _able(columns: Iterable[_Column]) -> Iterable[_Column]:
    return (column for column in columns if column.filled >= FILLED)


def _code(free: Sequence[_Column], name: _Column | None) -> _Column | None:
    """A field that gives each area a code of its own: never empty, and the same twice only for the same name."""

    def distinguishes(column: _Column) -> bool:
        if not all(column.values):
            return False
        bearers = set(zip(column.values, name.values if name else range(len(column.values)), strict=True))
        return len(bearers) == len(set(column.values))

    return _first(CODES, filter(distinguishes, free))


def _counts(column: _Column) -> bool:
    """Whether its values can be populations; Statistics Finland writes -1 where a number is secret."""
    told = [value for value in column.values if value and value != "-1"]
    return bool(told) and all(naming.count_of(value) is not None for value in told)


def _first(usual: Sequence[str], columns: Iterable[_Column]) -> _Column | None:
    """The column whose name stands earliest in the list."""
    able = sorted((usual.index(word), at, c) for at, c in enumerate(columns) if (word := _called(c, usual)))
    return able[0][2] if able else None


def _called(column: _Column, usual: Sequence[str]) -> str:
    """The word of the list that this column bears, in any case, its end cut off by a shapefile; else empty.

    What stands before a colon is the name space of a service (`hel:nimi_fi`).
    """
    own = column.field.strip().rpartition(":")[2].casefold().replace(" ", "_").replace("-", "_")
    return next((word for word in usual if own == word or (len(own) == _DBF and word.startswith(own))), "")
