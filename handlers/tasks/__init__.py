"""From uploads to readings: `intake` takes pictures in, `queue` holds tasks, `run` reads a task's pictures."""
