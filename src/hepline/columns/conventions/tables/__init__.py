"""The columns of each convention, and facts about them, as JSON."""
