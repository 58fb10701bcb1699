"""Finding contributions by the words in them: how a word is spelt alike, asked for, marked, and suggested.

PostgreSQL keeps the words of each pin in `Pin.words`, made by `pins_words` (migration 0055); docs/decisions/0031.
"""
