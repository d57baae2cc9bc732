"""Abono: plans and contracts for those who sell software with a package of messaging channels."""

__version__ = "0.3.0"
