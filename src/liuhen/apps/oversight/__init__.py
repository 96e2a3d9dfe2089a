"""oversight 监督: what the rules find in recordings, activities and cases, kept over time with article and reason."""
