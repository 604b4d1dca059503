"""Crops -> what each says: the recogniser, its alphabet and CTC."""
