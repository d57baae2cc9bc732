"""Limits of sending that customers set, and what they are told as they come near one."""
