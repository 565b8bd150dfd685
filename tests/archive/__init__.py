"""Groups go out as lines and come in again: the same bytes, once, and nothing half-taken."""
