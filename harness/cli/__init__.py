"""The command line: thin commands over the rooms below.

stdout is the result (text, or ``--json``), stderr the story. Exit codes: 0 ok, 1 not passed or
gate closed, 2 misuse, 3 integrity broken. Errors are one clear paragraph, never a traceback.

Each command lives in a module that is imported only when it is called, so that ``--help`` and
``gate`` start fast.
"""

import io
import os
import sys
import textwrap
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from harness import __version__
from harness.cli.named import Named
from harness.errors import HarnessError

COMMANDS = {
    "init": ("init:init", "Make a project: for the account, or for any other service."),
    "connection": ("connection:connection", "The main job: contract, scenarios, record, gate."),
    "project": ("project:project", "Create, show and list joining projects."),
    "process": ("process:process", "Show the process of the project; check one of your own."),
    "phase": ("phase:phase", "Record what a phase asks for; complete or reopen it."),
    "pin": ("pin:pin", "Pin contract, suite, endpoint, key, sharing; confirm a pin."),
    "run": ("run:run", "Run suites against an endpoint and write evidence."),
    "coverage": ("coverage:coverage", "What runs showed of the contract, and what nobody touched."),
    "parity": ("parity:parity", "Does our account answer as the endpoint does, by meaning?"),
    "scenario": ("scenario:scenario", "Check scenario files, begin new ones, schemas for editors."),
    "canary": ("canary:canary", "Plant defects one by one: do the scenarios notice?"),
    "serve": ("serve:serve", "Answer on a socket as the service would, for your own system."),
    "observe": ("observe:observe", "Watch your own system go through a suite, and judge it."),
    "relay": ("relay:relay", "Stand between your own system and the test endpoint."),
    "control": ("control:control", "Reset, faults, clock, journal of a running harness serve."),
    "record": ("record:record", "Enter evidence files into the record."),
    "submit": ("submit:submit", "Hand in evidence, forms, decisions as signed files: no ledger."),
    "receive": ("receive:receive", "Take in the signed files that others hand in."),
    "observation": ("observation:observation", "Defects found in testing: add, fix, retest, list."),
    "waive": ("waive:waive", "Live with an objection for a while, two parties agreed."),
    "correct": ("correct:correct", "Say that a recorded event was a mistake; it stays."),
    "ticket": ("ticket:ticket", "A text about a defect, fit to be sent to the other party."),
    "refer": ("refer:refer", "Let evidence of another project of the ledger count here too."),
    "sign-off": ("opening:sign_off", "Accept the tests of a phase for your party."),
    "request-opening": ("opening:request_opening", "Ask for production to be opened."),
    "approve": ("opening:approve", "Approve the opening on the evidence you have seen."),
    "gate": ("opening:gate", "May production be opened? Every objection, and how to clear it."),
    "open": ("opening:open_production", "Open production, if the gate allows it."),
    "verify": ("verify:verify_record", "Is the record what was sealed? Writes nothing."),
    "proof": ("proof:proof", "Prove an entry, or that a checkpoint continues an older one."),
    "timestamp": ("timestamp:timestamp", "Have the checkpoint stamped by a time stamp authority."),
    "export": ("moving:export_record", "The record as JSON Lines, to check without the harness."),
    "import": ("moving:import_record", "A ledger made anew from an export, proven to be equal."),
    "ledger": ("ledger:ledger", "Back up, restore and look at the ledger's file."),
    "history": ("history:history", "Every event of a project, in order."),
    "replay": ("history:replay", "The state of a project, now or as of a moment."),
    "diff-state": ("history:diff_state", "What changed between two moments of a project."),
    "contract": ("contract:contract", "Show and check interface descriptions."),
    "account": ("account:account", "The simulated account: its customers, which input gives what."),
    "explain": ("explain:explain_code", "What a code means, its usual cause, what to do."),
    "explain-signature": (
        "explain_signature:explain_signature",
        "What a signed message covers, what of it fails, and why.",
    ),
    "preflight": ("preflight:preflight", "Name, port, TLS, clock, ?wsdl, health of an endpoint."),
    "privacy": (
        "privacy:privacy",
        "Search files for identity codes; erase exchanges that were kept.",
    ),
    "key": ("key:key", "Keys of people, made and revoked; of a client certificate."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table: the order of a project's life."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"harness.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--project",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the project's harness.toml (default: here or above).",
)
@click.option(
    "--ledger",
    metavar="FILE|URL",
    type=click.Path(dir_okay=False),
    help="The ledger: a file, or postgresql://USER@HOST/DATABASE "
    "(default: HARNESS_LEDGER, else [ledger] path of harness.toml).",
)
@click.version_option(__version__, prog_name="harness")
@click.pass_context
def harness(context: click.Context, folder: Path | None, ledger: str | None) -> None:
    """Take a supplier's service from the published contract to an explained go-live decision."""
    context.obj = Named(folder, ledger)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code, for a program that has begun already."""
    sys.exit(execute(arguments))


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; nothing but that leaves.

    Not called ``run``: the module of that command takes this name in the package when imported.
    """
    code = _executed(arguments)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # Python would try again at its end, and leave with a code of its own
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            code = code or 1
    return code


def _executed(arguments: Sequence[str] | None) -> int:
    try:
        _prepare_streams()
        code = harness.main(
            None if arguments is None else list(arguments),
            prog_name="harness",
            standalone_mode=False,
        )
    except HarnessError as error:
        complain(str(error))
        return error.exit_code
    except (BrokenPipeError, SystemExit):  # nobody reads on; click makes the one of the other
        return 1
    except (click.Abort, KeyboardInterrupt):
        complain("Interrupted; what was recorded before stays recorded.")
        return 130
    except Exception as error:  # noqa: BLE001 - the last resort: never a traceback
        return _explain(error)
    return code if isinstance(code, int) else 0


def _prepare_streams() -> None:
    """A terminal may lack our letters, and a stream may be closed from the start."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - for good
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _explain(error: Exception) -> int:
    """Misuse, what the system refused, and what nobody foresaw.

    The text of an unforeseen error may hold anything; it is shown only on demand.
    """
    if isinstance(error, click.ClickException):
        _usage(error)
        return 2
    if isinstance(error, OSError):
        complain(_refused(error))
        return 2
    if isinstance(error, MemoryError):
        complain("there is not enough memory. What was recorded before stays recorded.")
        return 2
    if os.environ.get("HARNESS_DEBUG"):
        import traceback  # noqa: PLC0415 - slow, and seldom needed

        traceback.print_exception(error)
    complain(
        f"this is a mistake in the harness, not yours ({type(error).__name__}). Nothing more was "
        "done; what was recorded before stays recorded. HARNESS_DEBUG=1 shows where it happened."
    )
    return 70


def _refused(error: OSError) -> str:
    """What the system refused, and where; who copies a folder tells it of each file, in a list."""
    if error.args and isinstance(error.args[0], list):
        _, target, why = error.args[0][0]
        reason = str(why).partition("] ")[2].partition(": ")[0]
        return f"{reason or 'it cannot be copied'}: {target}"
    return f"{error.strerror or type(error).__name__}: {error.filename or 'the system'}"


def complain(text: str) -> None:
    """One paragraph on stderr."""
    _tell(textwrap.fill(f"harness: {text}", 100, break_long_words=False, break_on_hyphens=False))


def _tell(text: str) -> None:
    """Where nobody reads it, the exit code tells."""
    with suppress(OSError):
        click.echo(text, err=True)


def _usage(error: click.ClickException) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        _tell(error.format_message())  # the help as it is, not a paragraph
        return
    hint = ""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f" Try: {error.ctx.command_path} --help"
    said = error.format_message()
    complain(f"{said}{'' if said.endswith(('.', '?', '?)')) else '.'}{hint}")
