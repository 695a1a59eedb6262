"""Django's database backends, with limits of time for requests; SQLite can be read where its disk takes no more."""
