"""casework 执法办案: cases and their stages, activities and what had to be recorded of them, links to recordings."""
