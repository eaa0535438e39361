"""``harness waive``: live with an objection for a while, two parties agreed."""

from datetime import UTC, date, datetime, timedelta

import click

from harness.cli.common import actor_option, emit, json_option, moment
from harness.cli.desk import Desk, desk
from harness.cli.opening import judge
from harness.errors import ConfigError
from harness.joining.objections import ObjectionCode
from harness.joining.project import JoiningProject
from harness.joining.state import state
from harness.joining.waivers import WAIVABLE, Waiver, subjects_to_cover
from harness.joining.waiving import confirm_command
from harness.report.waivers import waiver_line


@click.command()
@click.argument("code", type=click.Choice([each.value for each in ObjectionCode]), metavar="CODE")
@click.option(
    "--scope",
    multiple=True,
    metavar="SUBJECT",
    help="What it covers: a subject of the objection, as the gate tells it. May be repeated.",
)
@click.option("--reason", help="Why this can be lived with; it stays on record.")
@click.option(
    "--expires",
    metavar="DATE|TIME",
    help="The last day (UTC) on which it holds, or the moment from which on it does not.",
)
@click.option("--confirm", metavar="DIGEST", help="Agree, as another party, to this waiver.")
@click.option("--withdraw", metavar="ID", help="End this waiver before it expires.")
@actor_option
@json_option
def waive(  # noqa: PLR0913 - one for each option
    code: str,
    scope: tuple[str, ...],
    reason: str | None,
    expires: str | None,
    confirm: str | None,
    withdraw: str | None,
    claimed: str | None,
    *,
    as_json: bool,
) -> None:
    """Live with an objection of the gate for a while. Another party has to agree.

    \u0008
    harness waive EXPIRED --scope DIGEST --reason TEXT --expires 2026-12-24
    harness waive EXPIRED --confirm DIGEST          agree, as another party
    harness waive EXPIRED --withdraw waiver-1 --reason TEXT

    The gate goes on telling what is waived, by whom, why and until when. When the waiver expires,
    the objection closes again by itself. Most codes cannot be waived at all.
    """
    _one_way(scope, reason, expires, confirm, withdraw)
    with desk(claimed, write=True) as at:
        project = at.project()
        version = project.version
        if confirm is not None:
            name = _waiting(project, code, confirm).id
            project.confirm_waiver(name, project.standing.waivers[name].digest, **at.stamp())
        elif withdraw is not None:
            project.withdraw_waiver(withdraw, _given(reason, "reason"), **at.stamp())
            name = withdraw
        else:
            name = _ask(at, project, code, scope, _given(reason, "reason"), expires)
        at.save(project, version)
    found = project.standing.waivers[name]
    emit(state(project), _told(found), as_json=as_json)


def _one_way(
    scope: tuple[str, ...],
    reason: str | None,
    expires: str | None,
    confirm: str | None,
    withdraw: str | None,
) -> None:
    """No option is given that the other ones would leave unheard."""
    asked = bool(scope) or expires is not None
    confirmed = confirm is not None and (asked or withdraw is not None or reason is not None)
    if confirmed or (withdraw is not None and asked):
        raise click.UsageError(
            "give one of these: --scope, --reason and --expires; --confirm alone; --withdraw and "
            "--reason"
        )


def _told(found: Waiver) -> str:
    now = datetime.now(UTC)
    line = waiver_line(found, now)
    if not found.waits(now):
        return line
    return f"{line}\nanother party agrees with: {confirm_command(found)}"


def _ask(
    at: Desk,
    project: JoiningProject,
    code: str,
    scope: tuple[str, ...],
    reason: str,
    expires: str | None,
) -> str:
    end = until(_given(expires, "expires"))
    covered = _subjects(at, project, code, scope) if code in WAIVABLE else (code,)
    return project.ask_waiver(code, covered, reason, end, **at.stamp())


def _subjects(
    at: Desk, project: JoiningProject, code: str, scope: tuple[str, ...]
) -> tuple[str, ...]:
    """What the gate objects to now, of what was named; digests whole."""
    told = [each for each in judge(at, project).objections if each.code.value == code]
    known = sorted({subject for each in told for subject in subjects_to_cover(each)})
    found = [_subject(each, known, code) for each in scope]
    if found:
        return tuple(found)
    raise ConfigError(_said(known, code, "no --scope was given"), todo="Name what is to be waived.")


def _subject(name: str, known: list[str], code: str) -> str:
    beginning = [each for each in known if len(each) == 64 and each.startswith(name)]
    if name in known:
        return name
    if len(beginning) == 1 and len(name) >= 12:
        return beginning[0]
    raise ConfigError(_said(known, code, f"{name[:64]!r} is no subject of it"))


def _said(known: list[str], code: str, problem: str) -> str:
    if not known:
        return f"{problem}; the gate now has no objection {code} that can be waived"
    listed = ", ".join(known[:20])
    return f"{problem}; the gate now has an objection {code}, which can be waived for: {listed}"


def _waiting(project: JoiningProject, code: str, beginning: str) -> Waiver:
    found = [
        each
        for each in project.standing.waivers.values()
        if each.code == code and each.digest.startswith(beginning)
    ]
    if len(found) != 1 or len(beginning) < 12:
        raise ConfigError(
            f"{beginning[:64]!r} is not the digest of a waiver of {code}",
            todo="Take it from harness project show; give 12 digits or more.",
        )
    return found[0]


def _given(text: str | None, name: str) -> str:
    if text is None:
        raise click.UsageError(f"--{name} is missing")
    return text


def until(text: str) -> datetime:
    """A day, to its end in UTC, or a time with its zone.

    Raises:
        ConfigError: it is neither.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _time(text)
    if day == date.max:  # the calendar ends with it, and every waiver long before
        return datetime.max.replace(tzinfo=UTC)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def _time(text: str) -> datetime:
    try:
        return moment(text)
    except ConfigError:
        raise ConfigError(
            f"--expires {text[:64]!r} is neither a day of the calendar nor a time with its zone",
            todo="Write the last day as 2026-12-31, or a time as 2026-12-31T12:00:00Z.",
        ) from None
