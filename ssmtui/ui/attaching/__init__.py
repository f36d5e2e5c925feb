"""Sessions that outlived the program that started them, and how they come back."""
