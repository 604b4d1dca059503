"""Uploads made safe to look at: judged by content, within limits, upright and grey at the end."""
