"""What it looks like. Draws what it is told and announces wishes."""
