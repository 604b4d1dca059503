"""The `castmark` command: `commands` parses and prints, `progress` shows how far it is."""
