"""The `castmark` command: `entry` looks what is installed, `commands` parses and prints, `progress` shows how far,
`watching` follows a folder.
"""
