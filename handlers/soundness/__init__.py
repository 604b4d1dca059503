"""Whether everything that the settings name can be used: tried out, for the command and for the page."""
