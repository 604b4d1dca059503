"""Photo -> Reading, in three steps that the folders show; `reader.Reader` is the way in, `reading.Reading` the answer.

`reader`: looks, weighs, looks harder while in doubt, decides: one loop over `look`'s looks.
`find/`: where text may be: lines at any angle, straight and bent (`finder`), marks on pads (`pads` ... `turns`).
`read/`: crops -> how likely each symbol is, step by step: two recognisers, their alphabet, CTC.
`weigh/`: a place's crops -> how likely each text is: evidence, priors, what was taught, known molds, calibration.
`compose`: which places make the answer, in which order. `geometry`: a line's band and the upright crop of it.
`why`: what makes a reading doubtful, as `cause`s. `together`: several photos of one mark, `pooling` what they show and,
where they lie over one another, the `relief` of the surface.
"""
