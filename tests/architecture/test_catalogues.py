"""Every sentence of the interface exists in Finnish and Swedish, and the core path in plain Finnish."""

import ast
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = ("areas", "layers", "mapfeedback", "templates")
LANGUAGES: Final = ("fi", "sv", "fi_Simple")
#: Where a person who reads plain Finnish says something and follows it.
CORE_PATH: Final = {
    "mapfeedback/pins/forms.py",
    "templates/base.html",
    "templates/pins/mine.html",
    "templates/pins/new.html",
}
KEYWORD: Final = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (?=\")")


@dataclass(slots=True)
class Sentence:
    """One entry of a catalogue. `said` holds its translations: one, or one for each plural form."""

    msgid: str = ""
    plural: str = ""
    context: str = ""
    said: list[str] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    is_fuzzy: bool = False

    @property
    def key(self) -> str:
        """The msgid, as gettext finds it: with its context before it when it has one."""
        return f"[{self.context}] {self.msgid}" if self.context else self.msgid

    @property
    def is_translated(self) -> bool:
        return bool(self.said) and all(self.said) and not self.is_fuzzy


def read(file: Path) -> dict[str, Sentence]:
    """A catalogue's sentences by their key, without its header and what is obsolete."""
    entries = file.read_text(encoding="utf-8").split("\n\n")
    sentences = [_entry(entry) for entry in entries if not entry.lstrip().startswith("#~")]
    return {sentence.key: sentence for sentence in sentences if sentence.msgid}


def _entry(text: str) -> Sentence:
    sentence, parts, lines = Sentence(), dict[str, str](), text.splitlines()
    name = ""
    for line in lines:
        if line.startswith("#:"):
            sentence.files |= {re.sub(r"^\./|:\d+$", "", place) for place in line[2:].split()}
        elif line.startswith("#,"):
            sentence.is_fuzzy |= "fuzzy" in line
        elif not line.startswith("#") and line:
            if found := KEYWORD.match(line):
                name, line = found[1], line[found.end() :]
                parts[name] = ""
            parts[name] += ast.literal_eval(line)
    sentence.msgid = parts.get("msgid", "")
    sentence.plural = parts.get("msgid_plural", "")
    sentence.context = parts.get("msgctxt", "")
    sentence.said = [words for name, words in parts.items() if name.startswith("msgstr")]
    return sentence


def catalogue(language: str) -> Path:
    return ROOT / "mapfeedback" / "locale" / language / "LC_MESSAGES" / "django.po"


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sentence]:
    """Every sentence that the sources hold now, as makemessages finds them in a copy of the tree."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "manage.py", copy)
    for folder in SOURCES:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("locale", "__pycache__"))
    (copy / "mapfeedback" / "locale").mkdir()
    done = subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--locale=fi", "--keep-pot"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return read(copy / "mapfeedback" / "locale" / "django.pot")


def test_this_reader_of_catalogues_reads_what_gettext_writes(tmp_path: Path) -> None:
    file = tmp_path / "a.po"
    file.write_text(
        'msgid ""\nmsgstr "Language: fi\\n"\n\n'
        '#: ./templates/a.html:3 b.py:1\n#, fuzzy, python-format\nmsgctxt "verb"\nmsgid "One "\n"pin"\n'
        'msgid_plural "%(n)s \\"pins\\""\nmsgstr[0] "Yksi"\nmsgstr[1] ""\n\n#~ msgid "Old"\n#~ msgstr "Vanha"\n'
    )
    assert read(file) == {
        "[verb] One pin": Sentence(
            "One pin", '%(n)s "pins"', "verb", ["Yksi", ""], {"templates/a.html", "b.py"}, is_fuzzy=True
        )
    }


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_sentence_is_translated(language: str, wanted: dict[str, Sentence]) -> None:
    assert not (missing := _missing(language, wanted)), _listed(f"These say nothing in {language}", missing)


def test_the_core_path_speaks_plain_finnish(wanted: dict[str, Sentence]) -> None:
    """Plain Finnish may fall back to Finnish elsewhere; here each sentence has its own."""
    core = {key: sentence for key, sentence in wanted.items() if sentence.files & CORE_PATH}
    assert {file for sentence in core.values() for file in sentence.files} >= CORE_PATH, "the core path has moved"
    assert not (missing := _missing("fi_Simple", core)), _listed("These say nothing in plain Finnish", missing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_says_nothing_that_nobody_asks_for(language: str, wanted: dict[str, Sentence]) -> None:
    needless = sorted(read(catalogue(language)).keys() - wanted.keys())
    assert not needless, _listed(f"Nobody asks for these in {language}", needless)
    assert "\n#~" not in catalogue(language).read_text(), f"obsolete entries in {language}: makemessages --no-obsolete"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_placeholders_and_the_plurals_of_its_sentence(language: str) -> None:
    command = ["msgfmt", "--check", "--output-file=/dev/null", str(catalogue(language))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _missing(language: str, wanted: dict[str, Sentence]) -> list[str]:
    there = read(catalogue(language))
    return sorted(
        key
        for key, sentence in wanted.items()
        if key not in there or not there[key].is_translated or there[key].plural != sentence.plural
    )


def _listed(problem: str, msgids: list[str]) -> str:
    return "\n  ".join([f"{problem} ({len(msgids)}):", *msgids])
