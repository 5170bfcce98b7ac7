"""`python -m appliance` is `renkei`."""

from appliance.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
