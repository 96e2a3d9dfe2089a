"""Ways into the house: REST, bulk files, web pages and command line. They parse, ask once and answer."""
