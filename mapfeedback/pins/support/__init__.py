"""One person's "I agree" on a pin: counted once, taken back at will, tied to nothing else (docs/decisions/0042)."""
