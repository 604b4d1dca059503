"""The console behind `command`: a terminal, and SQL on two tables, guarded in layers of which each is enough alone."""
