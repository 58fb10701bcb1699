"""Photos on a pin: read in a process of its own, kept without their metadata, and shown to all after a check."""
