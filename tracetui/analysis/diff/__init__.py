"""What differs between two values, texts, message lists, steps and runs."""
