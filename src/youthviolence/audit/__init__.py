"""The register of published figures: relations between them, and the verdict on each."""
