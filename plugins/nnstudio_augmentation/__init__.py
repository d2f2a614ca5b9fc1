"""Augmentation: new training samples from old ones."""
