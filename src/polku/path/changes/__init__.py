"""What changed between two versions: found, ordered, and said."""
