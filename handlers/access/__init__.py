"""Who calls, and who may: `caller` has the table, `operator` the judgement, `guard` stands before the routes."""
