"""cli: what the commands do. They parse, call one action or query, and print; exit codes are the server's."""
