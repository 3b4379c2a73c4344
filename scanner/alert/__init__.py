"""Composing and delivering the alert."""
