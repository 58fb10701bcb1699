"""The years a city already has: contributions from another system's CSV export become pins.

`adopting.import_pins` is the way in. Every row of the file is imported, already there, or refused with a reason;
nothing is dropped silently and nothing is half-imported.
"""
