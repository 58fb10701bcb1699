"""Static files with their checksum in the name, so that a browser may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class VersionedStatic(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also rewrites `import … from "./x.js"` in our ES modules, so no import map is needed."""

    support_js_module_import_aggregation = True
    manifest_strict = False
