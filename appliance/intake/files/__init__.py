"""Files from folders and shares: seen, at rest, taken whole, acknowledged as the site allows."""
