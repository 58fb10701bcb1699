"""Running an instance: its private database server, its processes, and the commands in `bin/`.

Nothing here needs Django to be configured; the standard library and psycopg are enough.
"""
