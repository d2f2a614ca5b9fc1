"""Small widgets that more than one panel uses."""
