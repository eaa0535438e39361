"""One event of each kind, every field filled; form only, no story the rules would allow."""

from datetime import UTC, date, datetime

from harness.joining.actor import Actor, Assurance, Party
from harness.joining.canaries import CanarySummary, CheckedSuite
from harness.joining.events import (
    CanariesRecorded,
    ContractPinned,
    CorrectionConfirmed,
    CorrectionNoted,
    Ending,
    EndpointPinned,
    ErasedRun,
    EvidenceReferred,
    EvidenceWithdrawn,
    ExchangesErased,
    ItemRecorded,
    JoiningEvent,
    Kept,
    KeyConfirmed,
    KeyPinned,
    KeyRevoked,
    Kind,
    LedgerKeyRotated,
    ObservationAssigned,
    ObservationFixed,
    ObservationMade,
    ObservationRetested,
    ObservationWithdrawn,
    OpeningApproved,
    OpeningRefused,
    OpeningRequested,
    Organisation,
    OrganisationKind,
    ParityRecorded,
    PhaseCompleted,
    PhaseReopened,
    PinConfirmed,
    PinKind,
    ProductionOpened,
    ProjectCreated,
    RecordedObjection,
    ReferenceEnded,
    RequiredScenario,
    SharedFrom,
    SharingConfirmed,
    SharingPinned,
    SignedOff,
    SubmissionReceived,
    SuitePinned,
    TestRunRecorded,
    Value,
    WaiverConfirmed,
    WaiverRequested,
    WaiverWithdrawn,
)
from harness.joining.evidence import CodeSeen, EndpointSeen, Outcome, OutcomeSummary, RunSummary
from harness.joining.observations import Severity
from harness.joining.parity import Compared, ComparedOutcome, DriftCount, ParitySummary
from harness.vocabulary import Driver, Level

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
LATER = datetime(2026, 3, 1, 8, 0, 1, 5, tzinfo=UTC)
WHO = Actor("maija", Party.SUPPLIER, "tester")
A, B = "a" * 64, "b" * 64
KEPT = Kept("a/b/1.6", A, "t", B, ("t/one", "t/two"))
SIGNER = Actor("sari", Party.SUPPLIER, "developer", Assurance.KEY, f"ed25519:{A}")
VALUES = (
    Value("needed", value=True),
    Value("messages", 120_000),
    Value("present", ("Pekka", "Åsa")),
    Value("number", "1"),
)
RUN = RunSummary(
    digest=A,
    run_id="r1",
    project="demo",
    suite="testing",
    suite_digest=B,
    contract="asiointitili/viranomaispalvelut/1.7",
    contract_digest=A,
    level=Level.MOCK,
    driver=Driver.HARNESS,
    system_release="",
    endpoint=EndpointSeen("mock", "in-process", "in-process"),
    operator=WHO,
    started=AT,
    finished=LATER,
    predecessor="",
    configuration_digest=B,
    harness_version="0.1.0",
    code=CodeSeen("abc", dirty=None),
    outcomes=(
        OutcomeSummary("testing/one", True, (), Outcome.PASSED, ""),
        OutcomeSummary("testing/two", False, ("clock",), Outcome.NOT_RUN, "deselected"),
    ),
)
PARITY = ParitySummary(
    digest=A,
    run_id="r1-testing",
    project="demo",
    suite="testing",
    suite_digest=B,
    contract="asiointitili/viranomaispalvelut/1.7",
    contract_digest=A,
    level=Level.TEST,
    endpoint=EndpointSeen("qa", "http", "https://x.example/", A),
    operator=WHO,
    started=AT,
    finished=LATER,
    configuration_digest=B,
    harness_version="0.1.0",
    compared=1,
    not_compared=1,
    drifts=(DriftCount("code", 2), DriftCount("text", 1)),
    outcomes=(
        ComparedOutcome("testing/a", Compared.DRIFTED),
        ComparedOutcome("testing/b", Compared.NOT_REALISABLE),
    ),
)
OBJECTION = RecordedObjection("MOCK_ONLY", "Only mock.", (Party.SUPPLIER,), "harness run", ("a",))

CANARIES = CanarySummary(
    A, "demo", (CheckedSuite("t", B),), "a/b/1.7", A, "0.1.0", WHO, AT, 2, 1, ("rule/one",)
)
_EVENTS: tuple[JoiningEvent, ...] = (
    ProjectCreated(
        "demo",
        1,
        AT,
        "e1",
        WHO,
        "Palvelu ”Ä” 😀",
        Kind.JOINING,
        OrganisationKind.STATE,
        "1.0.2",
        (Organisation(Party.AUTHORITY, "Kunta"),),
    ),
    ItemRecorded("demo", 2, LATER, "e2", WHO, 1, "consent", Party.AUTHORITY, VALUES),
    PhaseCompleted("demo", 3, AT, "e3", WHO, 4, (A, B)),
    PhaseReopened("demo", 4, AT, "e4", WHO, 4, "The supplier's release changed."),
    ContractPinned("demo", 5, AT, "e5", WHO, "a/b", "1.7", A, date(2027, 1, 1), (KEPT,)),
    SuitePinned("demo", 6, AT, "e6", WHO, "t", "a/b", A, (RequiredScenario("t/one", ("clock",)),)),
    EndpointPinned("demo", 7, AT, "e7", WHO, "qa", Level.TEST, "https://x.example/", A, ("clock",)),
    KeyPinned("demo", 7, AT, "e7", WHO, "sari", Party.SUPPLIER, "developer", f"ed25519:{A}"),
    PinConfirmed("demo", 7, AT, "e7", WHO, PinKind.SUITE, "t", A),
    KeyConfirmed("demo", 7, AT, "e7", WHO, "sari", A),
    KeyRevoked("demo", 7, AT, "e7", WHO, "sari", f"ed25519:{A}", "It was lost."),
    LedgerKeyRotated("demo", 7, AT, "e7", WHO, f"ed25519:{A}", f"ed25519:{B}", "Lost."),
    SharingPinned("demo", 7, AT, "e7", WHO, "other", "Ohjelmatalo Oy", "3.1", ("t",), 60),
    SharingConfirmed("demo", 7, AT, "e7", WHO, "other", A),
    EvidenceReferred(
        "demo", 7, AT, "e7", WHO, SharedFrom("other", Kind.JOINING, "Oy", 9, SIGNER, LATER), RUN
    ),
    ReferenceEnded("demo", 7, AT, "e7", WHO, A, "other", 12, Ending.WITHDRAWN),
    SubmissionReceived("demo", 7, LATER, "e7", WHO, "form", SIGNER, AT, A, B),
    TestRunRecorded("demo", 7, AT, "e7", WHO, RUN),
    ParityRecorded("demo", 7, AT, "e7", WHO, PARITY),
    CanariesRecorded("demo", 7, AT, "e7", WHO, CANARIES),
    ObservationMade(
        "demo",
        7,
        AT,
        "e7",
        WHO,
        "obs-1",
        "No answer.",
        Severity.MAJOR,
        Party.ACCOUNT,
        "t/one",
        A,
        "code",
        "Result/TilaKoodi",
    ),
    ObservationAssigned("demo", 7, AT, "e7", WHO, "obs-1", Party.SUPPLIER, "Ours."),
    ObservationFixed("demo", 7, AT, "e7", WHO, "obs-1", "2.1"),
    ObservationRetested("demo", 7, AT, "e7", WHO, "obs-1", B),
    ObservationWithdrawn("demo", 7, AT, "e7", WHO, "obs-1", "A mistake of the scenario."),
    WaiverRequested("demo", 7, AT, "e7", WHO, "waiver-1", "EXPIRED", (A, B), "So agreed.", LATER),
    WaiverConfirmed("demo", 7, AT, "e7", WHO, "waiver-1", A),
    WaiverWithdrawn("demo", 7, AT, "e7", WHO, "waiver-1", "Run again after all."),
    EvidenceWithdrawn("demo", 7, AT, "e7", WHO, A, "Made with another release."),
    CorrectionNoted("demo", 7, AT, "e7", WHO, 3, "The wrong phase."),
    CorrectionConfirmed("demo", 7, AT, "e7", WHO, 6),
    ExchangesErased("demo", 7, AT, "e7", WHO, (ErasedRun("r1", Level.TEST, AT, 12, A),), "Asked."),
    SignedOff("demo", 7, AT, "e7", WHO, 5, A),
    OpeningRequested("demo", 7, AT, "e7", WHO),
    OpeningApproved("demo", 7, AT, "e7", WHO, (A,)),
    OpeningRefused("demo", 7, AT, "e7", WHO, 6, (OBJECTION,), VALUES),
    ProductionOpened("demo", 7, AT, "e7", WHO, 6, (A,), AT, LATER, VALUES),
)
SAMPLES = {each.TOPIC: each for each in _EVENTS}
