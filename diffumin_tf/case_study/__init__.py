"""The paper's case study (section 4.6, Figure 3): what a model sees in one user."""
