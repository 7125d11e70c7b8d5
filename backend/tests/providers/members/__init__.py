"""The zoo: one module for each provider, with its class `Provider`."""

import importlib
import pkgutil

from tests.providers.member import Member

ZOO: dict[str, type[Member]] = {
    found.name: importlib.import_module(f"{__name__}.{found.name}").Provider for found in pkgutil.iter_modules(__path__)
}
