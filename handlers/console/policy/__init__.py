"""What a statement may be, by its text alone.

`ruling` asks the others in turn: `pieces` reads the text as the engine does, `blacklist` has the phrases that no
statement may hold, with the `edits` of operators, and `allowed` knows every part that a statement may have: `grammar`
lists them, `names` and `scope` say what each name stands for.
"""
