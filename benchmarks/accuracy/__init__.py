"""How well marks are read: the drawn set with known truths and the real photos, for us and for other engines.

`python -m benchmarks.accuracy` prints the report. `methods`: what is compared; `worker`, `run`: one process a method;
`real`: the photos; `answer`, `calibration`, `failures`: what is right, how sure, what went wrong; `report`,
`photos`: the tables; `again`: the tables of answers that were written down; `fit`: the weights of our confidence;
`tuning`: what a step of each number is worth; `causes`: why readings are doubtful; `together`: several photos of one
mark. What is drawn, `drawing` draws; the photos lie in `../shared/images`, and are no part of the project.

Pictures are grey: every engine gets the same three equal channels.
"""
