"""documents 文书: documents made from forms, their versions and signatures; finalised ones are locked and printed."""
