"""Where uploads live: `base` says what storage does, `local` does it in a folder."""
