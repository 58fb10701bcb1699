"""How many people live in the areas: read from statistics as CSV, kept by year and age, never made up.

`importing.import_population` is the way in; `AreaQuerySet.with_residents` and `bands` are the ways out.
"""
