"""What leaves by itself: events are kept with what they tell of, and sent to every target until it has them.

`telling` writes them, in the transaction of the record; `rules` say what is an alarm; `table` knows where each stands,
`listing` shows it; `courier` sends them, in order; `targets` are where they go.
"""
