"""Which area a cell of a table means: by code, by name, by a code before a name."""

from dataclasses import dataclass, field
from typing import Self

from areas.importing.naming import safe_code
from areas.models import Edition


@dataclass(slots=True)
class Areas:
    """The areas of one edition by what statistics call them. `zeros`: codes understood without their leading zeros."""

    codes: dict[str, int]
    names: dict[str, int]
    stripped: dict[str, int]
    zeros: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, edition: Edition) -> Self:
        rows = list(edition.areas.values_list("pk", "code", "name_fi", "name_sv", "name_en"))
        bearers: dict[str, set[int]] = {}
        for pk, _code, *names in rows:
            for name in filter(None, names):
                bearers.setdefault(name.casefold(), set()).add(pk)
        bare: dict[str, set[int]] = {}
        for pk, code, *_names in rows:
            if code.isdigit():
                bare.setdefault(code.lstrip("0"), set()).add(pk)
        return cls(
            codes={code.casefold(): pk for pk, code, *_names in rows},
            names={name: next(iter(pks)) for name, pks in bearers.items() if len(pks) == 1},
            stripped={code: next(iter(pks)) for code, pks in bare.items() if len(pks) == 1},
        )

    def find(self, cell: str) -> int | None:
        """The key of the area this cell means; None when it means none."""
        text = " ".join(cell.split())
        if not text:
            return None
        found = self._whole(text) or self._code_before_a_name(text)
        if found is None and text.isdigit():
            found = self.stripped.get(text.lstrip("0"))
            if found is not None:
                self.zeros[text] = next(code for code, pk in self.codes.items() if pk == found)
        return found

    def _whole(self, text: str) -> int | None:
        folded = text.casefold()
        return self.codes.get(folded) or self.codes.get(safe_code(text).casefold()) or self.names.get(folded)

    def _code_before_a_name(self, text: str) -> int | None:
        """`00100 Helsinki keskusta (Helsinki)`, `091 01 A Kruununhaka`: the longest beginning that is a code."""
        words = text.split(" ")
        for length in range(len(words) - 1, 0, -1):
            beginning = safe_code(" ".join(words[:length])).casefold()
            if any(letter.isdigit() for letter in beginning) and beginning in self.codes:
                return self.codes[beginning]
        return None
