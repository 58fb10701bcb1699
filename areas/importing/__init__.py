"""Borders from a file: read, stage, report, then adopt as one edition, or refuse with a reason.

`adopting.import_areas` is the way in; everything else serves it. Nothing is ever half-imported.
"""
