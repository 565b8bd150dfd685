"""Who may see and do what: the one table of all routes, and tests that nothing reaches anybody on any way beside it."""
