"""Waivers and corrections for people: who, why, until when."""

from datetime import datetime

from harness.joining.corrections import Correction
from harness.joining.waivers import Waiver
from harness.report.words import day, minute, short


def waiver_words(waiver: Waiver) -> str:
    """Who asked for a waiver, who agreed, until when, and why."""
    agreed = waiver.confirmed_by
    second = f"confirmed by {agreed.id} ({agreed.party.value})" if agreed else "not confirmed"
    return (
        f"{waiver.id} until {minute(waiver.expires)}, asked for by {waiver.by.id} "
        f"({waiver.by.party.value}), {second}: {waiver.reason}"
    )


def waiver_line(waiver: Waiver, at: datetime) -> str:
    """A waiver on one line, and how it stands at a moment."""
    scope = ", ".join(short(each) if len(each) == 64 else each for each in waiver.scope)
    return f"{_stands(waiver, at)} {waiver.code} ({scope}): {waiver_words(waiver)}"


def _stands(waiver: Waiver, at: datetime) -> str:
    if waiver.withdrawn_by is not None:
        return f"withdrawn by {waiver.withdrawn_by.id} ({waiver.withdrawn_because})"
    if waiver.in_effect(at):
        return "waives"
    return f"would waive (--confirm {short(waiver.digest)})" if waiver.waits(at) else "expired"


def correction_line(correction: Correction) -> str:
    """A correction on one line."""
    if correction.source:
        return f"evidence {short(correction.evidence)} {day(correction.at)}: {correction.reason}"
    what = f"evidence {short(correction.evidence)}" if correction.evidence else "event "
    what += "" if correction.evidence else str(correction.corrects)
    agreed = correction.confirmed_by
    second = f"confirmed by {agreed.id}" if agreed else "not confirmed by a second party"
    done = "withdrawn" if correction.evidence else "noted as mistaken"
    return (
        f"{what} {done} {day(correction.at)} by {correction.by.id}, {second}: {correction.reason}"
    )
