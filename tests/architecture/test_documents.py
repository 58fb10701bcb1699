"""Documents that a machine holds to the truth: paths, settings, decisions."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
#: A word in backticks that begins with one of these is a path in this repository.
TOP = ("bin/", "areas/", "layers/", "mapfeedback/", "templates/", "static/", "fixtures/", "tests/", "docs/", ".ci/")
TOP_FILES = ("manage.py", "pyproject.toml", "LICENSE")
IN_BACKTICKS = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
SETTING = re.compile(r'\b(?:text|flag|number|words)\(\s*"([A-Z_]+)"')
SYSTEM = re.compile(r'environ(?:\.get)?[\(\[]\s*"([A-Z_]+)"')


def paths_named_in(document: Path) -> set[str]:
    found = set()
    for words in IN_BACKTICKS.findall(document.read_text()):
        for word in words.split():
            whole = word.rstrip(".,;:")
            if whole.startswith(TOP) or whole in TOP_FILES or whole.startswith("requirements/"):
                found.add(whole)
    return {path for path in found if not re.search(r"[<>*{}…$]|\.\.\.", path)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_path_a_document_names_exists(document: Path) -> None:
    assert not sorted(path for path in paths_named_in(document) if not (ROOT / path).exists())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    links = [
        link for link in LINK.findall(document.read_text()) if "://" not in link and not link.startswith("mailto:")
    ]
    assert not [link for link in links if not (document.parent / link).exists()]


def test_every_environment_variable_is_explained_and_every_explanation_is_of_one() -> None:
    read = set(SETTING.findall((ROOT / "mapfeedback" / "settings.py").read_text()))
    for file in [*(ROOT / "mapfeedback").rglob("*.py"), ROOT / "manage.py"]:
        read |= set(SYSTEM.findall(file.read_text()))
    # Django's own switch for which settings to use; there is one.
    read -= {"DJANGO_SETTINGS_MODULE", "PYTHONPATH"}
    operations = (ROOT / "docs" / "operations.md").read_text()
    explained = set(re.findall(r"^\| `([A-Z_]+)`", operations, re.MULTILINE))
    assert sorted(read - explained) == []
    assert sorted(explained - read) == []


def test_the_index_of_decisions_lists_every_record_with_its_title() -> None:
    folder = ROOT / "docs" / "decisions"
    records = {
        file.name: file.read_text().splitlines()[0].removeprefix("# ")
        for file in folder.glob("*.md")
        if file.name != "README.md"
    }
    index = re.findall(r"^- \[(.+)\]\((.+\.md)\)$", (folder / "README.md").read_text(), re.MULTILINE)
    assert [file for _title, file in index] == sorted(records)
    assert {file: title for title, file in index} == records


def test_every_decision_says_when_why_what_and_what_would_change_it() -> None:
    for file in (ROOT / "docs" / "decisions").glob("[0-9]*.md"):
        text = file.read_text()
        assert re.search(r"^Date: \d{4}-\d\d-\d\d · Status: \w+", text, re.MULTILINE), file.name
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "What would change our mind"], file.name
        assert len(text.splitlines()) <= 60, f"{file.name} is longer than a page"


def test_every_room_is_named_on_the_architecture_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    rooms = [file.parent.name for file in sorted((ROOT / "mapfeedback").glob("*/__init__.py"))]
    assert [room for room in rooms if f"`{room}`" not in page and f"`{room}/`" not in page] == []


def test_every_dependency_is_listed_with_its_licence() -> None:
    """docs/dependencies.md names what requirements/run.txt installs, no more and no less."""
    lock, page = ROOT / "requirements" / "run.txt", ROOT / "docs" / "dependencies.md"
    locked = set(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==", lock.read_text(), re.MULTILINE))
    listed = set(re.findall(r"^\| ([a-z0-9][A-Za-z0-9_.-]*) \|", page.read_text(), re.MULTILINE))

    def plain(names: set[str]) -> set[str]:
        return {re.sub(r"[-_.]+", "-", name).lower() for name in names}

    assert plain(listed) == plain(locked)
