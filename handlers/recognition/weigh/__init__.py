"""A place's crops -> how likely each text is, against "nothing here"."""
