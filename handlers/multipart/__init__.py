"""Multipart bodies as clients really send them: what a part is (`parts`), and reading a body within bounds (`body`)."""
