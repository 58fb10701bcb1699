"""A realistic big city that nobody lives in, of any size, for measuring and for looking at: `bin/manage seed`."""
