"""Where settings come from: the environment, and a `.env` file beside the backend or named by `ENV_FILE`."""

import os
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parents[2]
REPOSITORY_DIR = BASE_DIR.parent

env = environ.Env()
# The environment overrides the file, so a service manager can change a single value.
env.read_env(os.environ.get("ENV_FILE", str(REPOSITORY_DIR / ".env")))

# All files that the backend writes lie below this folder, unless a setting says otherwise.
DATA_DIR = Path(env.str("DATA_DIR", default=str(REPOSITORY_DIR / ".local")))
