"""Changes of a running contract by its customer: asked, previewed, paid."""
