"""Tenon: a CRM built from the text that describes it."""
