"""Where uploads live: `base` says what storage does, `local` does it in a folder, `s3` in a bucket."""
