"""What may be said about an order line, and what is true then. Pure: no I/O, no clock."""
