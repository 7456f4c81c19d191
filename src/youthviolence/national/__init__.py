"""National figures: series, trends, claims and gaps, and the at-risk estimate."""
