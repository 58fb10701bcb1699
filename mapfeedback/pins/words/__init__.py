"""Finding contributions by the words in them: how a word is spelt alike, asked for, marked, and suggested.

PostgreSQL keeps the words of each pin in `Pin.words`, made by `pins_words` of migration 0020; docs/decisions/0031.
"""
