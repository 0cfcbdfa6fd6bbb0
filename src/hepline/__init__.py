"""hepline: from question to published result."""
