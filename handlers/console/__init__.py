"""The console behind `command`: a terminal, and SQL on two tables, guarded in layers of which each is enough alone.

`terminal` is what is typed, `policy` what a statement may be, `engines` what a database lets it do. The terminal uses
both, and the engines know the policy's tables and names; nothing looks up.
"""
