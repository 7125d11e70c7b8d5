# To be sourced: virtual environments that are made anew when they can't be used any more.

# Makes the environment FOLDER with PYTHON, unless a usable one of the same version is there.
venv() {
  local folder=$1 python=$2
  if venv_usable "$folder" && [ "$("$folder/bin/python" --version)" = "$("$python" --version)" ]; then return; fi
  rm -rf "$folder"
  "$python" -m venv "$folder"
}

# Whether the environment FOLDER runs and was made where it is. It doesn't run if its Python was removed or replaced by
# another minor version; its scripts don't if it was copied from elsewhere, since they name their Python by its full path.
venv_usable() {
  "$1/bin/python" -c '
import os, pip, re, sys
made = re.search(r"^command = .* -m venv [^/]*(/.+)$", open(os.path.join(sys.prefix, "pyvenv.cfg")).read(), re.MULTILINE)
sys.exit(not os.path.samefile(made[1], sys.argv[1]))' "$1" 2>/dev/null
}
