"""A PostgreSQL of our own for machines without one; docs/decisions/0002 says how and why."""
