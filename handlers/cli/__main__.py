"""`python -m handlers.cli` is the `castmark` command."""

from handlers.cli.commands import main

if __name__ == "__main__":
    main()
