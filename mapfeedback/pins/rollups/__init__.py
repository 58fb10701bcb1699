"""Totals kept beside the pins, so that pages never count a million of them.

Every change of a public pin adds delta rows in its own transaction (`writing`). A job folds them into the rollups
(`folding`). A read adds rollups and deltas not folded yet in one statement, so it is exact at once (`reading`).
`proving` counts everything anew and says what differs.
"""
