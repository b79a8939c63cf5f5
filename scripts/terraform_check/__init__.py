"""Checks of the Terraform under terraform/ that need no provider: references, manners, arguments, skips."""
