"""What a check looks for: rules by kind, tokens and soundness."""
