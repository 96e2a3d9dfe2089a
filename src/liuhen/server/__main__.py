"""`python -m liuhen.server` is `liuhen`."""

from liuhen.server.main import main

main()
