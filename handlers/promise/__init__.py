"""A promise of how many accepted readings are wrong: what checks prove, and from which confidence on it is kept.

Pure functions over counts, without SQL and without numpy: `records.judged` counts, `tasks.judging` asks. The
mathematics, its sources and how it was tried out are in docs/promise.md.
"""
