"""Pure engines: no Django, no database, strangers to each other. `dossier` alone stands above the others."""
