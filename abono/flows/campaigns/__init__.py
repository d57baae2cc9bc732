"""Package value set aside for whole campaigns: estimate, hold, settle, close."""
