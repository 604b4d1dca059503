"""Draws pictures of marks in metal whose truth is known, for benchmarks and tests; nothing of it ships.

From the bottom: `strokes`, `glyphs` (characters), `marks` (relief under a light), `surfaces`, `camera`, `scenes`;
`hubs`, `pads`, `lines`, `crops`, `bare` (pictures), `truths` (what they say); `kinds` (the named set with its seeds);
`sheet` (a contact sheet of it). Pictures are grey, `numpy.uint8`.
"""
