"""Export for TF Serving."""
