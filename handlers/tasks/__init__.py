"""From uploads to readings.

`intake` takes pictures in; `ledger` enters tasks about them, for the queue of a server (`local`) or of a cloud
(`sqs`); `table` decides who may run one; `run` reads its pictures. `submit` enters the pictures of
`sources` by the thousand; `sweep` removes what has expired.
"""
