"""Columns that files of each convention have, and facts about them, as JSON."""
