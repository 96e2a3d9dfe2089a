"""Django's settings for tests: a home of its own, made before the product's settings are read."""

import os
import tempfile
from pathlib import Path

_HOME = Path(tempfile.mkdtemp(prefix="liuhen-test-"))
os.environ["LIUHEN_HOME"] = str(_HOME)
os.environ.setdefault("LIUHEN_NAMES", "localhost,127.0.0.1,testserver")

from liuhen.server.home import prepare  # noqa: E402

prepare(_HOME, log_name="liuhen/test", is_demo=True)

from liuhen.server.django_settings import *  # noqa: E402, F403

# Cheap on purpose: what is tested is who may log in, not how slow guessing is.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
