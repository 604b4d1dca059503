"""What a teaching brings: plants that neither training nor the accuracy benchmark know, before and after it."""
