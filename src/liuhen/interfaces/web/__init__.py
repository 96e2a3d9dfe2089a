"""web: serves the built pages, and nothing else. What they show they ask of the public API."""
