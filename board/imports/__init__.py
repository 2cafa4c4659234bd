"""Facts in: a file of order lines is read, mapped, tried without writing, and then taken in.

`reading` turns any file into rows, `mapping` says what its columns mean, `plan` says what would
happen, `run` does it, `pages` shows it.
"""
