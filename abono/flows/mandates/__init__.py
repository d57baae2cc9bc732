"""Mandates of Pix Automático: asked for, agreed to, charged under, and ended (PAY-11)."""
