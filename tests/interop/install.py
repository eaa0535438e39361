"""``python -m tests.interop.install``: what ``package-lock.json`` names, unless it is there.

What cannot be installed so (php, node, npm) is said, and the tests say it again.
"""

import shutil
import subprocess
import sys

from tests.interop.toolkits import NODE, TOOLKITS, installed_as_locked


def main() -> int:
    npm = shutil.which("npm")
    if npm is not None and not installed_as_locked():
        subprocess.run([npm, "ci"], cwd=NODE, check=True)
    for toolkit in TOOLKITS:
        lacking = toolkit.missing()
        sys.stdout.write(f"{toolkit.title}: {lacking or toolkit.version()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
