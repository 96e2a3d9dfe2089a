"""files: the bulk bytes. Resumable uploads in, ranges of originals and derived copies out; none of it passes Django."""
