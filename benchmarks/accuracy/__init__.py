"""How well marks are read: a drawn set with known truths and the real photos, for us and for other engines.

`python -m benchmarks.accuracy` prints the report. Drawing, from the bottom: strokes, glyphs (characters), marks
(relief under a light), surfaces, camera; hubs, lines, crops, bare (pictures); kinds (the named set with its seeds).
Measuring: methods, worker (one process a method), run, score, report.

Pictures are grey: every engine gets the same three equal channels.
"""
