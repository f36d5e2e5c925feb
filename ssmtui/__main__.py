"""``python -m ssmtui`` is the console script ``ssmtui``."""

from ssmtui.cli.main import main

if __name__ == "__main__":
    main()
