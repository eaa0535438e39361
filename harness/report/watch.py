"""What is told while a supplier's system is watched: to a person in three languages, or as JSON.

Every line of JSON is one object; docs/observe.md describes them for programs that drive a system.
"""

import json
from dataclasses import asdict

from harness.exchange.findings import Finding
from harness.i18n import Language, Text
from harness.joining.evidence import Outcome
from harness.redact import without_codes
from harness.report.explanations import explanations
from harness.suite.runner import ScenarioResult
from harness.suite.watching import Instructed, Over, Seen, Told
from harness.vocabulary import Verdict

_WITHIN = Text("aikaa {} s", "tid {} s", "within {} s")
_QUIET = Text("seurataan {} s", "vi ser på i {} s", "watching for {} s")
_CALL = Text("tuli kutsu", "anrop kom", "a call came")
_OTHER = Text(
    "tuli muu kutsu kuin pyydettiin", "ett annat anrop kom", "another call than asked for came"
)
_UNREADABLE = Text("jota ei voi lukea", "som inte kan läsas", "that cannot be read")
_OUTCOMES = {
    Outcome.PASSED: Text("LÄPI", "GODKÄNT", "PASSED"),
    Outcome.FAILED: Text("HYLÄTTY", "UNDERKÄNT", "FAILED"),
    Outcome.INCONCLUSIVE: Text("EI RATKENNUT", "OAVGJORT", "INCONCLUSIVE"),
    Outcome.NOT_SEEN: Text("EI NÄHTY", "INTE SETT", "NOT SEEN"),
    Outcome.NOT_REALISABLE: Text(
        "EI VOI NÄYTTÄÄ TÄÄLLÄ", "KAN INTE VISAS HÄR", "CANNOT BE SHOWN HERE"
    ),
}
LEFT = Text("aikaa jäljellä {} s", "{} s kvar", "{} s left")
HINT = Text(
    "Rivinvaihto siirtyy eteenpäin kuin aika olisi kulunut; Ctrl-C lopettaa.",
    "Retur går vidare som om tiden vore ute; Ctrl-C avslutar.",
    "Return goes on as if the time were over; Ctrl-C ends.",
)


def outcome_of(result: ScenarioResult) -> Outcome:
    """The word that evidence will have for a result."""
    if result.verdict is None:
        return Outcome.NOT_REALISABLE
    return Outcome(result.verdict.value) if result.seen else Outcome.NOT_SEEN


def told_json(told: Told) -> str:
    """One line for a program."""
    match told:
        case Instructed():
            found = asdict(told)
            found["text"] = {"en": told.text.en, "fi": told.text.fi, "sv": told.text.sv}
            data = {"event": "instruction", **found}
        case Seen():
            data = {"event": "call", **asdict(told)}
        case Over(result):
            data = {
                "event": "result",
                "scenario": result.id,
                "outcome": outcome_of(result).value,
                "reason": result.reason,
                "where": result.where,
                "findings": [asdict(each) for each in result.findings],
            }
    return without_identities(json.dumps(data, ensure_ascii=False), told)


def without_identities(text: str, told: Told) -> str:
    """What a peer sent shows no code; an instruction names test customers, and may."""
    return text if isinstance(told, Instructed) else without_codes(text)


def told_text(told: Told, language: Language) -> str:
    """The same for a person."""
    match told:
        case Instructed():
            time = (_QUIET if told.quiet else _WITHIN)[language].format(told.within)
            head = f"\n{told.scenario} ({told.step}/{told.steps}), {told.operation}, {time}"
            return f"{head}\n  -> {told.text[language]}"
        case Seen():
            what = told.operation or _UNREADABLE[language]
            lines = [f"  {(_CALL if told.id else _OTHER)[language]}: {what}"]
            lines += [] if told.id else explained(told.findings)
        case Over(result, title):
            word = _OUTCOMES[outcome_of(result)][language]
            lines = [f"  {word}: {title[language]} ({result.id})"]
            lines += [f"    {result.reason}"] if result.verdict is None else []
            passed = result.verdict is Verdict.PASSED
            lines += [] if passed else explained(result.findings)
    return without_identities("\n".join(lines), told)


def explained(findings: tuple[Finding, ...]) -> list[str]:
    """Findings with what each code means."""
    meanings = {each.code: each.meaning for each in explanations()}
    lines = []
    for each in findings:
        wish = f": expected {each.expected}" if each.expected else ""
        seen = f", seen {each.seen}" if each.seen else ""
        lines.append(f"    {each.code} {each.path}".rstrip() + wish + seen)
        meaning = meanings.get(each.code) or meanings.get(each.code.partition(":")[0])
        lines += [f"      {meaning}"] if meaning else []
    return lines
