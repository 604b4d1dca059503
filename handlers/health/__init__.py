"""Whether a server can do its work, and how it does: `parts` tries out, `readiness` answers, `meters` count."""
