"""A step's detail as sections of text, tab by tab; knows no widget."""
