"""What the house does not have, and which way it is built: read from the source, so that it stays so."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("areas", "layers", "mapfeedback", "tests")
#: Names under which anything could lie, so everything ends up there.
EMPTY_NAMES = {"utils", "util", "services", "selectors", "helpers", "common", "misc"}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def shown(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_nothing_flows_back_between_the_rooms() -> None:
    """The direction contract of pyproject.toml, as `lint-imports` reads it."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_stands_in_the_direction_contract() -> None:
    contract = (ROOT / "pyproject.toml").read_text()
    rooms = {file.parent.name for file in (ROOT / "mapfeedback").glob("*/__init__.py")}
    # `running` starts the service from outside and imports nothing of it; the others hold words and dates, no code.
    missing = [room for room in sorted(rooms - {"running", "locale", "formats"}) if f"mapfeedback.{room}" not in contract]
    assert not missing


def test_no_file_has_a_name_that_could_hold_anything() -> None:
    assert not [shown(file) for file in sources(*OURS) if {file.stem, file.parent.name} & EMPTY_NAMES]


def test_nothing_happens_behind_a_changes_back() -> None:
    """No signal receivers, no save() or delete() of our own: what a change does stands in its action."""
    found = []
    for file in sources("areas", "layers", "mapfeedback"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and _called(node) in {"receiver", "Signal"}:
                found.append(f"{shown(file)}:{node.lineno} {_called(node)}")
            if isinstance(node, ast.ClassDef):
                own = [item.name for item in node.body if isinstance(item, ast.FunctionDef)]
                found += [f"{shown(file)}:{node.lineno} {node.name}.{name}" for name in {"save", "delete"} & set(own)]
            if isinstance(node, ast.ImportFrom) and node.module and node.module.endswith(".signals"):
                found.append(f"{shown(file)}:{node.lineno} {node.module}")
    assert not found


def test_models_never_see_a_request() -> None:
    found = [
        shown(file)
        for file in sources("areas", "layers", "mapfeedback")
        if file.name in {"models.py", "querysets.py", "actions.py", "rules.py", "workflow.py"}
        and "HttpRequest" in file.read_text()
    ]
    assert not found


def test_the_journal_is_only_written_inside_actions() -> None:
    """A view that records an entry itself would tell of a change it has not made."""
    found = [shown(file) for file in sources("areas", "layers", "mapfeedback") if _writes_entries_from_a_view(file)]
    assert not found


def test_every_package_we_import_is_one_we_asked_for() -> None:
    """What came along with another package may leave with it: requirements/run.in names what we use ourselves."""
    asked = {_plain(name) for name in re.findall(r"^[A-Za-z0-9_.-]+", (ROOT / "requirements/run.in").read_text(), re.M)}
    # An extra of a package that is asked for.
    asked |= {"psycopg-pool"}
    comes_in = packages_distributions()
    found = {
        f"{shown(file)} imports {top}"
        for file in sources("areas", "layers", "mapfeedback")
        for top in _imported(file) - set(sys.stdlib_module_names) - set(OURS)
        if not {_plain(name) for name in comes_in.get(top, [])} & asked
    }
    assert sorted(found) == []


@pytest.mark.parametrize("folder", ["areas", "layers", "mapfeedback"])
def test_no_file_outgrows_one_idea(folder: str) -> None:
    """About 300 lines is where a file becomes two ideas; 450 is where it must be split."""
    long = {
        shown(file): lines
        for file in sources(folder)
        if "migrations" not in file.parts and (lines := len(file.read_text().splitlines())) > 450
    }
    assert not long


def _imported(file: Path) -> set[str]:
    """The top-level names of all that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _writes_entries_from_a_view(file: Path) -> bool:
    if file.stem != "views" and file.parent.name != "views":
        return False
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "mapfeedback.journal.recording"
        for node in ast.walk(ast.parse(file.read_text()))
    )
