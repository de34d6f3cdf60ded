"""A virtual environment below target/ with the peers in it. Standard library only."""
import os
import subprocess
import sys
import venv

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PACKAGES = {"duckdb": ["duckdb==2.0.0"], "clickhouse": ["chdb==4.4.0"], "polars": ["polars==2.1.0"], "datafusion": ["datafusion==55.0.0", "pyarrow==26.0.1"]}


def make(names, directory=os.path.join(ROOT, "target", "peers", "venv")):
    """The environment's Python, and those of `names` that could be installed; what couldn't is told on stderr."""
    python = os.path.join(directory, "bin", "python")
    if not os.path.exists(python):
        venv.create(directory, with_pip=True)
    installed = []
    for name in names:
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES[name]]
        run = subprocess.run(pip, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if run.returncode == 0:
            installed.append(name)
        else:
            lines = run.stderr.strip().splitlines() or ["no reason given"]
            print(f"left out: {name} couldn't be installed: {lines[-1][:200]}", file=sys.stderr)
    return python, installed
