"""Photo -> Reading. `pipeline.Reader` is the way in, `reading` the answer; everything else is a step between.

A hub: pads (find), patch (resample), mask (segment), crops (turn), proposer, recogniser, vote (likelihood, rivals).
Text: lines (finder), page (scan, detector), vote. A picture cut to its mark: tight, vote.
"""
