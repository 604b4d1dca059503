"""`python -m handlers.cli` is the `castmark` command."""

from handlers.cli.entry import main

if __name__ == "__main__":
    main()
