"""Where text may be: lines of any size, at any angle, straight and bent."""
