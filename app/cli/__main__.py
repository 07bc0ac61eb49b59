"""`python -m app.cli` is `crm`."""

from app.cli import main

main(prog_name="crm")
