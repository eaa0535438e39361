"""What is allowed: the structural rules, asked before an event and again on every replay.

1. Phases complete in order, each when all it asks for is on record; the last one only by the
   opening (liittymisprosessi 1.0.2, vaiheet 1-7).
2. Four eyes: a pin or its change is confirmed by another party, tests are signed off by different
   persons of both technical suppliers, an opening is approved by somebody who neither requested it
   nor ran, recorded or signed off the tests.
3. A rehearsal never opens. A joining project takes no decision by a claimed identity or a shared
   account, and rests on no pin such an actor set and on no evidence that was made or recorded
   under a claimed identity: who only claims a name may be anybody, the second pair of eyes as well.
4. A decision rests on named evidence. It stands until a newer failure or changed inputs.
5. While a critical observation is open, the phase whose suite showed it does not complete: its
   interface was tested and does not work (vaihe 5); and nothing opens. See ``observing``.

Every function yields objections and changes nothing. Policy (ages, thresholds) is not judged here:
old true history must replay when policy changes.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from harness.joining import forms
from harness.joining.actor import Actor, Assurance, Party, is_shared_account, same_person
from harness.joining.canaries import CanarySummary
from harness.joining.events import PinKind, Value
from harness.joining.evidence import RunSummary
from harness.joining.objections import Objection, ObjectionCode
from harness.joining.observations import Observation, ObservationState, Severity
from harness.joining.parity import ParitySummary
from harness.joining.pins import Held, PinState
from harness.joining.process import Item, Phase
from harness.joining.runs import Judged, failures_against, inputs, judge, run_command
from harness.joining.standing import Decision, RecordedRun, Standing
from harness.vocabulary import Level

REQUEST = "harness request-opening"


def not_open(standing: Standing) -> Iterator[Objection]:
    """After the opening only evidence, pins, observations, corrections, attempts are recorded."""
    if standing.opening:
        yield Objection(
            ObjectionCode.ALREADY_OPEN,
            "The service is already open for production.",
            command="harness project show",
        )


def identified(standing: Standing, actor: Actor, command: str) -> Iterator[Objection]:
    """A joining project takes no decision by a claimed identity or a shared account.

    ``command`` is the decision, to be given again by a person who is known.
    """
    why = _unknown(actor)
    if why and not standing.rehearsal:
        yield Objection(
            ObjectionCode.IDENTITY_CLAIMED,
            f"{actor.id} {why}; decisions of a joining project need a person's own key, identity "
            "provider or operating system user.",
            (actor.party,),
            with_key(command),
            (actor.id,),
        )


def _unknown(actor: Actor) -> str:
    """Why it is not known which person acts, in words after the id; empty when it is known."""
    if actor.assurance is Assurance.CLAIMED:
        return "only claims that name"
    return "is an account that several people share" if is_shared_account(actor) else ""


def with_key(command: str) -> str:
    """The command as a person gives it whose identity is to be more than claimed."""
    return f"HARNESS_ACTOR_KEY=FILE {command}"


def reached(standing: Standing, number: int) -> Iterator[Objection]:
    """The phase is the current one or lies behind it."""
    if standing.phase(number) is None:
        yield Objection(
            ObjectionCode.NOT_IN_PROCESS,
            f"The process has phases 0 to {standing.process.last}, not {number}.",
        )
    elif number > standing.current:
        yield _not_reached(standing, number, f"Phase {number} has not been reached.")


def _not_reached(standing: Standing, number: int, sentence: str) -> Objection:
    waiting = f"Phase {standing.current} comes first."
    return Objection(
        ObjectionCode.PHASE_NOT_REACHED,
        sentence if number == standing.current else f"{sentence} {waiting}",
        tuple(Party),
        f"harness phase complete {standing.current}",
        (str(number),),
    )


def item_to_record(
    standing: Standing, number: int, name: str, party: Party, actor: Actor
) -> Iterator[Objection]:
    """The process asks for the item, the phase is open, and the party may state it."""
    yield from not_open(standing)
    phase = standing.phase(number)
    item = phase.item(name) if phase else None
    if item is None or not item.concerns(standing.organisation_kind):
        yield Objection(
            ObjectionCode.NOT_IN_PROCESS,
            f"Phase {number} of the process asks this organisation for no item {name}.",
            subjects=(name,),
        )
        return
    if standing.phases[number].complete:
        yield _complete(number)
    if party not in item.parties or (item.own_hand and party is not actor.party):
        yield Objection(
            ObjectionCode.WRONG_PARTY,
            _sentence(
                f"{_name(standing, actor.party)} cannot state {name} for {_name(standing, party)}."
            ),
            item.parties,
            _record_command(number, item),
            (name,),
        )
    if item.own_hand:
        yield from identified(standing, actor, _record_command(number, item))


def _name(standing: Standing, party: Party) -> str:
    """What the process calls a party, in English."""
    return standing.process.words(party).en


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _complete(number: int) -> Objection:
    return Objection(
        ObjectionCode.PHASE_COMPLETE,
        f"Phase {number} is complete; reopen it first.",
        tuple(Party),
        f"harness phase reopen {number} --reason TEXT",
        (str(number),),
    )


def phase_to_complete(standing: Standing, number: int) -> Iterator[Objection]:
    """The phase is the current one and all it asks for is on record."""
    yield from not_open(standing)
    phase = standing.phase(number)
    if phase is None or number > standing.current:
        yield from reached(standing, number)
        return
    if number < standing.current:
        yield _complete(number)
        return
    if number == standing.process.last:
        yield Objection(
            ObjectionCode.PHASE_NOT_REACHED,
            f"Phase {number} is completed by opening production and by nothing else.",
            tuple(Party),
            "harness open",
            (str(number),),
        )
    yield from phase_needs(standing, phase)


def phase_needs(standing: Standing, phase: Phase) -> Iterator[Objection]:
    """Everything a phase asks for that is not on record."""
    for item in standing.items(phase):
        yield from _item_needs(standing, phase, item)
    for suite in standing.suites_of(phase):
        yield from suite_needs(standing, suite)
    critical = standing.open_observations(Severity.CRITICAL)
    yield from observed(each for each in critical if each.suite in phase.suites)
    yield from _sign_offs_missing(standing, phase)


def observed(observations: Iterable[Observation]) -> Iterator[Objection]:
    """Each of these open observations, with who has to act on it."""
    for each in observations:
        at_owner = each.state is ObservationState.OPEN
        party = each.owner if at_owner else each.made_by.party
        waits = "it is not fixed" if at_owner else "its fix is not tested again"
        step = "fix {} --in RELEASE" if at_owner else "retest {} --evidence DIGEST"
        yield Objection(
            ObjectionCode.OBSERVATION_OPEN,
            f"{each.id}, {each.severity.value}, seen in {each.scenario}: {waits}.",
            (party,),
            f"harness observation {step.format(each.id)}",
            (each.id, each.scenario),
            waivable=each.severity is not Severity.CRITICAL,
        )


def _item_needs(standing: Standing, phase: Phase, item: Item) -> Iterator[Objection]:
    stated = standing.stated(item)
    window = standing.process.window
    is_window = window and (phase.number, item.id) == (window.phase, window.item)
    code = ObjectionCode.DATE_NOT_AGREED if is_window else ObjectionCode.ITEM_MISSING
    have = {each.stated_by for each in stated}
    missing = tuple(party for party in item.parties if party not in have)
    sentence = ""
    if not stated and not item.optional:
        sentence = f"{item.title.en}: nothing is on record."
        missing = item.parties
    elif item.every_party and missing and stated:
        sentence = f"{item.title.en}: not every party has stated it."
    elif item.agreed and any(each.values != stated[0].values for each in stated):
        sentence, missing = f"{item.title.en}: the parties do not say the same.", item.parties
    else:
        open_ = [title for each in stated for title in forms.undone(item, each.values)]
        if open_:
            sentence, missing = f"{item.title.en}: not done: {'; '.join(open_)}.", item.parties
    if sentence:
        yield Objection(code, sentence, missing, _record_command(phase.number, item), (item.id,))


def _record_command(number: int, item: Item) -> str:
    fields = " ".join(f"--set {each.name}=..." for each in item.fields if not each.optional)
    return f"harness phase record {number} {item.id} {fields}"


def suite_needs(standing: Standing, suite: str) -> Iterator[Objection]:
    """What a suite lacks: passing evidence that counts, and pins that are confirmed."""
    judged = judge(standing, suite)
    yield from judged.objections
    yield from pin_needs(standing, suite, judged)


def pin_needs(standing: Standing, suite: str, judged: Judged) -> Iterator[Objection]:
    """Pins a suite rests on that are missing or, in a joining project, not confirmed."""
    pin = standing.suite_pin(suite)
    wanted = [(PinKind.SUITE, suite)]
    wanted += [(PinKind.CONTRACT, pin.contract)] if pin else []
    if not standing.rehearsal:
        wanted += [(PinKind.ENDPOINT, each.run.endpoint.name) for each in judged.counting]
    for kind, name in dict.fromkeys(wanted):
        state = standing.pins.get((kind, name))
        if state is None:
            yield Objection(
                ObjectionCode.PIN_MISSING,
                f"The {kind.value} {name} is not pinned.",
                (Party.SUPPLIER, Party.AUTHORITY),
                f"harness pin {kind.value} {name}",
                (name,),
            )
        elif state.effective.confirmed_by is None and not standing.rehearsal:
            yield from _pinner_known(standing, state.effective)
            yield Objection(
                ObjectionCode.PIN_NOT_CONFIRMED,
                f"The pinned {kind.value} {name} is not confirmed by a second party.",
                tuple(party for party in Party if party is not state.effective.by.party),
                confirm_command(state.effective),
                (name, state.effective.pin.pin_digest),
            )


def stands(standing: Standing, decision: Decision, judged: Judged, *, every: bool) -> bool:
    """The decision still covers the evidence that counts.

    A newer pass of the same inputs does not clear it; changed inputs or a failure recorded after
    the decision do. ``every`` asks it of every driver's counting run, else one is enough.
    """
    still = (each for each in decision.evidence if not standing.withdrawn(each))
    named = (standing.run(each) for each in still)
    on = [each.run for each in named if each is not None]
    covered = [
        any(inputs(run) == inputs(each.run) for run in on)
        and not _failed_since(standing, decision, each)
        for each in judged.counting
    ]
    return bool(covered) and (all(covered) if every else any(covered))


def _failed_since(standing: Standing, decision: Decision, counting: RecordedRun) -> bool:
    return any(
        each.version > decision.version and failures_against(standing, each.run, counting.run)
        for each in standing.runs
    )


def signed_off(standing: Standing, number: int, party: Party) -> bool:
    """The party's sign-off of a phase is there and stands for every suite of the phase.

    It stands for a suite when it covers the counting run of one driver.
    """
    phase = standing.phase(number)
    signed = standing.sign_offs.get((number, party))
    if phase is None or signed is None:
        return False
    judged = [judge(standing, suite) for suite in phase.suites]
    return all(stands(standing, signed, each, every=False) for each in judged)


def _sign_offs_missing(standing: Standing, phase: Phase) -> Iterator[Objection]:
    judged = [judge(standing, suite) for suite in phase.suites]
    for party in phase.sign_offs:
        if not signed_off(standing, phase.number, party):
            digests = [each for j in judged for each in j.digests]
            yield Objection(
                ObjectionCode.SIGN_OFF_MISSING,
                _sentence(
                    f"{_name(standing, party)} has not signed off phase {phase.number} on the "
                    "evidence that counts."
                ),
                (party,),
                f"harness sign-off {phase.number} --evidence {digests[0] if digests else 'DIGEST'}",
                (party.value,),
            )


def sign_off_to_give(
    standing: Standing, number: int, evidence: str, actor: Actor
) -> Iterator[Objection]:
    """The phase is reached, the evidence counts and passes, and party and person are right."""
    yield from not_open(standing)
    yield from identified(standing, actor, f"harness sign-off {number} --evidence {evidence}")
    yield from reached(standing, number)
    phase = standing.phase(number)
    parties = phase.sign_offs if phase else ()
    if actor.party not in parties:
        yield Objection(
            ObjectionCode.WRONG_PARTY,
            f"Phase {number} is not signed off by {_name(standing, actor.party)}.",
            parties,
            f"harness sign-off {number} --evidence DIGEST",
        )
    for (other, party), decision in standing.sign_offs.items():
        if other == number and party is not actor.party and same_person(decision.actor, actor):
            yield Objection(
                ObjectionCode.SAME_PERSON,
                f"{actor.id} has signed off phase {number} for another party already.",
                parties,
                f"harness sign-off {number} --evidence {evidence}",
                (actor.id,),
            )
    yield from _evidence_stands(standing, phase.suites if phase else (), (evidence,))


def _evidence_stands(
    standing: Standing, suites: Iterable[str], named: tuple[str, ...]
) -> Iterator[Objection]:
    """The named evidence is evidence that counts, and nothing speaks against it."""
    judged = [judge(standing, suite) for suite in suites]
    counting = {digest for each in judged for digest in each.digests}
    if not named or not set(named) <= counting:
        yield Objection(
            ObjectionCode.EVIDENCE_UNKNOWN,
            "The named evidence is not evidence that counts now.",
            subjects=tuple(sorted(counting)),
        )
    for each in judged:
        yield from each.objections


def phase_to_reopen(standing: Standing, number: int) -> Iterator[Objection]:
    """The phase has been reached, is not the last one, and production is not open."""
    yield from not_open(standing)
    yield from reached(standing, number)
    if number == standing.process.last:
        yield Objection(
            ObjectionCode.NOT_IN_PROCESS,
            f"Phase {number} is the opening itself; there is nothing to reopen.",
            subjects=(str(number),),
        )


def values_canonical(
    standing: Standing, number: int, name: str, values: tuple[Value, ...]
) -> Iterator[Objection]:
    """The values are exactly what the item's form would have made of them."""
    phase = standing.phase(number)
    item = phase.item(name) if phase else None
    if item and not forms.is_canonical(item, values):
        yield Objection(
            ObjectionCode.NOT_IN_PROCESS, f"The values of {name} are not those of a form."
        )


def same_evidence(named: tuple[str, ...], counting: tuple[str, ...]) -> Iterator[Objection]:
    """A step names exactly the evidence it rests on."""
    if named != counting:
        yield Objection(
            ObjectionCode.EVIDENCE_UNKNOWN,
            "The step rests on other evidence than the evidence that counts.",
            subjects=counting,
        )


def same_window(
    standing: Standing, start: datetime, end: datetime, at: datetime
) -> Iterator[Objection]:
    """An opening names the window agreed on; without a window in the process, its own moment."""
    agreed = standing.window() if standing.process.window else (at, at)
    if agreed != (start, end):
        yield Objection(
            ObjectionCode.DATE_NOT_AGREED, "The opening names another window than the agreed one."
        )


def judged_just_before(judged: int, version: int) -> Iterator[Objection]:
    """Nothing happened between judging and deciding."""
    if judged != version - 1:
        yield Objection(
            ObjectionCode.JUDGED_ANOTHER_STATE,
            f"The gate was judged at version {judged}, but the project is at {version - 1}.",
            tuple(Party),
            "harness gate",
        )


def opener(standing: Standing, actor: Actor) -> Iterator[Objection]:
    """It is known who opens, neither a claimed identity nor a shared account, and for whom.

    In the built-in process that may be anybody's person, the requester too. That the decisions the
    opening rests on were taken by known persons is asked when each is taken, and by
    :func:`testers_known`.
    """
    yield from identified(standing, actor, "harness open")
    yield from of_parties(
        standing, actor, standing.process.roles.open, "open production", "harness open"
    )


def run_to_record(standing: Standing, run: RunSummary) -> Iterator[Objection]:
    """The evidence is of this project and not on record, in this or another wording."""
    if run.project != standing.id:
        yield Objection(
            ObjectionCode.EVIDENCE_OF_ANOTHER_PROJECT,
            f"The evidence is of the project {run.project}.",
            subjects=(run.digest,),
        )
    yield from repeated(standing, run)


def repeated(standing: Standing, run: RunSummary) -> Iterator[Objection]:
    """The evidence, or another wording of it, is on record already, recorded or referred to."""
    if found := standing.run(run.digest):
        sentence, command = "The evidence is on record already.", ""
        if found.source and standing.withdrawn(run.digest):
            sentence = (
                "What referred to this evidence has ended, and no end is taken back: let a newer "
                f"run be recorded in the project {found.source.project}, and refer to that."
            )
            command = f"harness refer {found.source.project} --evidence DIGEST"
        code = ObjectionCode.EVIDENCE_REPEATED
        yield Objection(code, sentence, command=command, subjects=(run.digest,))
    elif run.run_id in standing.run_ids:
        yield Objection(
            ObjectionCode.EVIDENCE_REPEATED,
            f"Another evidence of the run {run.run_id} is on record; one of the two was altered.",
            subjects=(run.digest,),
        )


def parity_to_record(standing: Standing, parity: ParitySummary) -> Iterator[Objection]:
    """The comparison is of this project and not on record, in this or another wording."""
    if parity.project != standing.id:
        yield Objection(
            ObjectionCode.EVIDENCE_OF_ANOTHER_PROJECT,
            f"The comparison is of the project {parity.project}.",
            subjects=(parity.digest,),
        )
    known = {each.run_id for each in standing.parities.values()}
    if parity.digest in standing.parities or parity.run_id in known:
        yield Objection(
            ObjectionCode.EVIDENCE_REPEATED,
            "This comparison is on record already, in this or another wording.",
            subjects=(parity.digest,),
        )


def canaries_to_record(standing: Standing, canaries: CanarySummary) -> Iterator[Objection]:
    """The evidence is of this project and not on record."""
    if canaries.project != standing.id:
        yield Objection(
            ObjectionCode.EVIDENCE_OF_ANOTHER_PROJECT,
            f"The evidence is of the project {canaries.project}.",
            subjects=(canaries.digest,),
        )
    if canaries.digest in standing.canaries:
        yield Objection(
            ObjectionCode.EVIDENCE_REPEATED,
            "The evidence is on record already.",
            subjects=(canaries.digest,),
        )


def pin_to_confirm(state: PinState | None, pin_digest: str) -> Held | None:
    """The proposed change or the unconfirmed pin of that digest."""
    if state is None:
        return None
    open_ = [state.proposed, state.effective if state.effective.confirmed_by is None else None]
    return next((held for held in open_ if held and held.pin.pin_digest == pin_digest), None)


def confirm_command(held: Held) -> str:
    """The command by which another party confirms a pin, having seen its digest."""
    kind, name = held.pin.key
    return f"harness pin {kind.value} {name} --confirm {held.pin.pin_digest}"


def confirmation(standing: Standing, held: Held | None, actor: Actor) -> Iterator[Objection]:
    """There is something to confirm, and two known persons of two parties stand behind it."""
    command = confirm_command(held) if held else "harness pin KIND NAME --confirm DIGEST"
    yield from identified(standing, actor, command)
    if held is None:
        yield Objection(
            ObjectionCode.NOTHING_TO_CONFIRM,
            "No pin and no proposed change of that digest waits for a confirmation.",
            tuple(Party),
            "harness project show",
        )
        return
    yield from _pinner_known(standing, held)
    others = tuple(party for party in Party if party is not held.by.party)
    yield from second_party(actor, held.by, "set the pin", others, command)


def second_party(
    actor: Actor, first: Actor, done: str, others: tuple[Party, ...], command: str
) -> Iterator[Objection]:
    """The actor is another person, of another party, than the first one who has ``done`` it."""
    if actor.party is first.party:
        yield Objection(
            ObjectionCode.WRONG_PARTY,
            f"Who confirms is of another party than {first.id}, who {done}.",
            others,
            command,
        )
    if same_person(actor, first):
        yield Objection(
            ObjectionCode.SAME_PERSON,
            f"{actor.id} {done} and cannot confirm it.",
            others,
            command,
            (actor.id,),
        )


def _pinner_known(standing: Standing, held: Held) -> Iterator[Objection]:
    """Who set the pin is known; else its confirmer could be the same person."""
    why = _unknown(held.by)
    if why and not standing.rehearsal:
        kind, name = held.pin.key
        yield Objection(
            ObjectionCode.IDENTITY_CLAIMED,
            f"{held.by.id}, who pinned the {kind.value} {name}, {why}; pin it again under a "
            "person's own key or operating system user, then another party confirms it.",
            (held.by.party,),
            with_key(f"harness pin {kind.value} {name}"),
            (held.by.id, name),
        )


def takes_over(standing: Standing, held: Held, actor: Actor) -> bool:
    """The actor, who is known, may set the same pin again that an unknown one set.

    Only in a joining project, and only while nobody has confirmed it.
    """
    unconfirmed = held.confirmed_by is None and not standing.rehearsal
    return unconfirmed and bool(_unknown(held.by)) and not _unknown(actor)


def request_to_make(standing: Standing, actor: Actor) -> Iterator[Objection]:
    """Everything before the last phase is complete, and the joining side asks."""
    yield from not_open(standing)
    yield from identified(standing, actor, REQUEST)
    yield from of_parties(
        standing, actor, standing.process.roles.request, "request the opening", REQUEST
    )
    yield from reached(standing, standing.process.last)


def of_parties(
    standing: Standing, actor: Actor, parties: tuple[Party, ...], verb: str, command: str
) -> Iterator[Objection]:
    """The actor is of one of the parties that may do it; ``verb`` is what, in words."""
    if actor.party not in parties:
        sides = " or ".join(_name(standing, party) for party in parties)
        yield Objection(
            ObjectionCode.WRONG_PARTY,
            _sentence(f"{sides} may {verb}, not {_name(standing, actor.party)}."),
            parties,
            command,
        )


def approval_to_give(
    standing: Standing, evidence: tuple[str, ...], actor: Actor
) -> Iterator[Objection]:
    """The opening is requested, exactly the evidence that counts is named, and is approvable.

    In the built-in process one of the two sides that agree on the opening approves it.
    """
    command = f"harness approve {' '.join(f'--evidence {each}' for each in evidence)}".rstrip()
    yield from not_open(standing)
    yield from identified(standing, actor, command)
    yield from of_parties(
        standing, actor, standing.process.roles.approve, "approve the opening", command
    )
    yield from reached(standing, standing.process.last)
    if standing.request is None:
        yield _request_missing(standing)
    suites = standing.suites
    yield from _evidence_stands(standing, suites, evidence)
    counting = {digest for suite in suites for digest in judge(standing, suite).digests}
    if set(evidence) < counting:
        yield Objection(
            ObjectionCode.EVIDENCE_UNKNOWN,
            "An approval names all evidence that counts; some is not named.",
            subjects=tuple(sorted(counting - set(evidence))),
        )
    yield from testers_known(standing)
    yield from independent(standing, actor, evidence)


def _request_missing(standing: Standing) -> Objection:
    return Objection(
        ObjectionCode.REQUEST_MISSING,
        "Nobody has requested the opening.",
        standing.process.roles.request,
        REQUEST,
    )


def testers_known(standing: Standing) -> Iterator[Objection]:
    """Who ran and who recorded the evidence that counts is not merely claimed.

    Else the approver could be the same person. A shared account may run tests: it decides nothing.
    """
    if standing.rehearsal:
        return
    for judged in (judge(standing, suite) for suite in standing.suites):
        for each in (*judged.counting, *judged.leaning_on):
            yield from _tester_known(standing, each)


def _tester_known(standing: Standing, recorded: RecordedRun) -> Iterator[Objection]:
    run, suite = recorded.run, recorded.run.suite
    actors = (run.operator, *recorded.recorders)
    claimed = tuple(a.id for a in actors if a.assurance is Assurance.CLAIMED)
    if claimed:
        level = Level.TEST if recorded in judge(standing, suite).counting else Level.SERVER
        yield Objection(
            ObjectionCode.IDENTITY_CLAIMED,
            f"The run of {suite} that counts was run or recorded under a name that is only "
            "claimed; run and record it again under a person's own key or operating system user.",
            standing.process.roles.test,
            with_key(run_command(standing, suite, level)),
            (*dict.fromkeys(claimed), run.digest),
        )


def independent(
    standing: Standing, approver: Actor, evidence: tuple[str, ...]
) -> Iterator[Objection]:
    """The approver is a person of their own, and neither requested, tested nor signed off."""
    done = []
    if standing.request and same_person(standing.request.actor, approver):
        done.append("requested it")
    judged = [judge(standing, suite) for suite in standing.suites]
    near = [each for j in judged for each in (*j.counting, *j.leaning_on)]
    near += [each for each in standing.runs if each.run.digest in evidence]
    if any(same_person(each.run.operator, approver) for each in near):
        done.append("ran the tests")
    if any(same_person(by, approver) for each in near for by in each.recorders):
        done.append("recorded the evidence")
    if any(same_person(each.actor, approver) for each in standing.sign_offs.values()):
        done.append("signed off the tests")
    if done:
        yield Objection(
            ObjectionCode.APPROVER_NOT_INDEPENDENT,
            f"{approver.id} cannot approve the opening: {approver.id} {' and '.join(done)}.",
            standing.process.roles.approve,
            "harness approve",
            (approver.id,),
        )


def opening(standing: Standing) -> Iterator[Objection]:
    """Everything structural that stands between a project and production, time apart."""
    if standing.rehearsal:
        yield Objection(
            ObjectionCode.REHEARSAL,
            "The project is a rehearsal, which can never open production; another project of "
            'kind "joining" can.',
            standing.process.roles.request,
            "harness project new",
        )
    yield from not_open(standing)
    for phase in standing.process.phases[:-1]:
        yield from phase_needs(standing, phase)
        if not standing.phases[phase.number].complete:
            yield _not_reached(standing, phase.number, f"Phase {phase.number} is not complete.")
    critical = standing.open_observations(Severity.CRITICAL)
    yield from observed(each for each in critical if each.suite not in standing.process.suites)
    yield from testers_known(standing)
    yield from _approval(standing)


def _approval(standing: Standing) -> Iterator[Objection]:
    if standing.request is None:
        yield _request_missing(standing)
    judged = [judge(standing, suite) for suite in standing.suites]
    approval = standing.approval
    if approval is None or not all(stands(standing, approval, j, every=True) for j in judged):
        digests = " ".join(f"--evidence {d}" for j in judged for d in j.digests)
        yield Objection(
            ObjectionCode.APPROVAL_MISSING,
            "Nobody has approved the opening."
            if approval is None
            else "The approval is for other evidence: inputs changed or a test failed since.",
            standing.process.roles.approve,
            f"harness approve {digests or '--evidence DIGEST'}",
        )
    if approval is not None:
        yield from independent(standing, approval.actor, approval.evidence)


def in_window(standing: Standing, at: datetime) -> Iterator[Objection]:
    """The agreed window is open at that time; a process without one opens at any time."""
    window, where = standing.window(), standing.process.window
    if window is None or where is None:
        return  # where there should be one, DATE_NOT_AGREED is told by the phase
    start, end = window
    item = standing.process.phases[where.phase].item(where.item)
    parties = item.parties if item else ()
    if at < start:
        yield Objection(
            ObjectionCode.WINDOW_NOT_OPEN,
            f"The agreed opening window starts only at {start.isoformat()}.",
            parties,
            "harness open",
            (start.isoformat(), end.isoformat()),
        )
    if at > end:
        yield Objection(
            ObjectionCode.DATE_NOT_AGREED,
            f"The agreed opening window ended at {end.isoformat()}; agree on a new one.",
            parties,
            f"harness phase reopen {where.phase} --reason TEXT",
            (start.isoformat(), end.isoformat()),
        )
