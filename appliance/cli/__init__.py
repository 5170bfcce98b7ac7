"""`renkei …`: argument parsing and calls, nothing else.

Exit status: 0 done, 1 done with findings, 2 wrong usage or configuration, 3 could not.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from appliance.cli.parser import Command, parser
from appliance.errors import ExitStatus, RenkeiError
from appliance.faults import keep_words_out


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every error the product raises on purpose ends as words and an exit status.

    As a program of its own (without `arguments`) it says of any other error where it was, and not its words.
    """
    if arguments is None:
        keep_words_out()
    parsed = parser().parse_args(arguments)
    command: Command = parsed.command
    try:
        return command(parsed)
    except RenkeiError as error:
        print(error.for_terminal(), file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        sys.stderr.close()
        return ExitStatus.DONE
