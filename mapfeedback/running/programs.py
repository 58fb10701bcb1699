"""Where this machine keeps PostgreSQL's programs, and which version fits a data folder."""

import shutil
import subprocess
from pathlib import Path

from mapfeedback.running.terminal import Refusal

DEBIAN = Path("/usr/lib/postgresql")
OLDEST = 15


def installed() -> dict[int, Path]:
    """The folder of programs for every PostgreSQL version here that has PostGIS too."""
    found = {
        int(folder.name): folder / "bin"
        for folder in DEBIAN.glob("[0-9]*")
        if folder.name.isdigit()
        and (folder / "bin" / "initdb").exists()
        and Path(f"/usr/share/postgresql/{folder.name}/extension/postgis.control").exists()
    }
    config = shutil.which("pg_config")
    if found or config is None or shutil.which("initdb") is None:
        return found
    # Other systems keep one version, on the search path. It says "PostgreSQL 17.2 (somebody's build)".
    said = subprocess.run([config, "--version"], capture_output=True, text=True, check=False).stdout
    number = said.split()[1].split(".")[0] if len(said.split()) > 1 else ""
    return {int(number): Path(shutil.which("initdb") or "").parent} if number.isdigit() else {}


def programs_for(data: Path) -> Path:
    """The folder of programs that can read this data folder; for a new one, the newest version here."""
    versions = {version: folder for version, folder in installed().items() if version >= OLDEST}
    if not versions:
        raise Refusal(
            f"PostgreSQL {OLDEST} or newer with PostGIS is not installed here. Install the packages postgresql and "
            "postgresql-postgis, or set DATABASE_URL to a database elsewhere."
        )
    marker = data / "PG_VERSION"
    if not marker.exists():
        return versions[max(versions)]
    made_by = int(marker.read_text().strip())
    if made_by not in versions:
        have = ", ".join(map(str, sorted(versions)))
        raise Refusal(
            f"The data in {data} was made by PostgreSQL {made_by}, and this machine has only {have}, which cannot "
            f"read it. Install postgresql-{made_by} and postgresql-{made_by}-postgis-3 again, or move the data over "
            "with pg_upgrade. Nothing has been changed."
        )
    return versions[made_by]
