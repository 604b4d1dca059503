"""Readings and tasks in SQL: `tables` says what is kept, `database` where, the others do it."""
