"""The `castmark` command: `entry` looks what is installed, `commands` parses and prints, `progress` shows how far,
`check` tries settings out, `watching` follows a folder.
"""
