"""What is typed: the lines of `command`, and what they are answered with.

`shell` takes each line to the terminal of its session (`sessions`): to the default one, with the commands of the
server (`server_commands`, in the cloud for a `stack` of functions) and of the blacklist, or to the SQL terminal, with
`shortcuts` and statements (`answers`). `texts` is what it says of itself.
"""
