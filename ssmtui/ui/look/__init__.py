"""How things look: tones and themes, cells, the pieces of lines, words."""
