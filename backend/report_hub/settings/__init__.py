"""Settings, all from the environment (`.env.example` lists them with unit, default and reason)."""

from report_hub.settings.api import *  # noqa: F403
from report_hub.settings.base import *  # noqa: F403
from report_hub.settings.blockchain import *  # noqa: F403
from report_hub.settings.logs import *  # noqa: F403
from report_hub.settings.nodes import *  # noqa: F403
from report_hub.settings.signers import *  # noqa: F403
from report_hub.settings.tasks import *  # noqa: F403
