"""What happened in a scenario without any defect, so that most need not be run again with one.

A defect that alters nothing of what was answered, told and judged then alters nothing at all: its
scenario takes the same way. So does one about a rule or a limit that the account never asked for.
Only where a defect alters something its scenario is run.
"""

from collections.abc import Sequence
from dataclasses import field, replace

from harness.account.delivering import Said
from harness.account.demands import LONGEST, Demands, Rule
from harness.account.items import Course, Happened
from harness.account.replies import Reply
from harness.account.settings import Settings
from harness.account.twist import Asked, Twist
from harness.canary.defect import Defect, Heard, Kind
from harness.classes import dataclass
from harness.exchange.judge import Judgement
from harness.exchange.messages import Answer


class _Longest(dict[str, int]):
    """The greatest lengths; keeps which were asked for."""

    def __init__(self, asked: set[str]) -> None:
        super().__init__(LONGEST)
        self._asked = asked

    def __getitem__(self, name: str) -> int:
        self._asked.add(name)
        return super().__getitem__(name)


@dataclass(frozen=True, slots=True)
class _Demands(Demands):
    """Those of every account; keeps which rules were asked for."""

    asked: set[str] = field(default_factory=set)

    def apply(self, rule: Rule) -> bool:
        self.asked.add(rule)
        return True


@dataclass(slots=True)
class Tape:
    """One scenario's run without any defect.

    Attributes:
        twist: writes down what the account was asked and did.
        demanded: rules, and texts with a greatest length, that the account has asked for.
        asked: every request that kept the contract, with what was decided.
    """

    twist: Twist = field(init=False)
    demanded: set[str] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)
    _courses: list[tuple[str, Course]] = field(default_factory=list)
    _told: list[Sequence[Happened]] = field(default_factory=list)
    _said: list[Said] = field(default_factory=list)
    _judged: list[Judgement] = field(default_factory=list)
    _answers: list[tuple[Answer, Heard]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.twist = Twist(self._reply, self._course, self._tell, self._say)

    @property
    def length(self) -> int:
        """How many answers were judged."""
        return len(self._judged)

    def settings(self, settings: Settings) -> Settings:
        """The same settings; which rules and limits matter is written down."""
        longest = _Longest(self.demanded)
        return replace(settings, demands=_Demands(longest=longest, asked=self.demanded))

    def judged(self, judgement: Judgement) -> Judgement:
        """Write down what our judge said."""
        self._judged.append(judgement)
        return judgement

    def spoil(self, answer: Answer, heard: Heard) -> Answer | None:
        """Write down what was answered, and alter nothing."""
        self._answers.append((answer, heard))
        return None

    def shows(self, defect: Defect) -> bool:
        """Whether a defect would have altered anything; true where a tape cannot tell."""
        twist = defect.twist
        return (
            self._matters(defect)
            or (defect.kind is Kind.SIGNATURE and bool(self._answers))
            or any(twist.reply(each) != each.reply for each in self.asked)
            or any(twist.course(*each) != each[1] for each in self._courses)
            or any([*map(list, twist.told(each))] != [list(each)] for each in self._told)
            or any(twist.said(each) != each for each in self._said)
            or any(defect.judged(each) is not each for each in self._judged)
            or any(defect.spoil(*each) is not None for each in self._answers)
        )

    def _matters(self, defect: Defect) -> bool:
        """Whether a defect changes settings that mattered, or what nobody wrote down."""
        usual = Settings()
        changed = defect.settings(usual)
        mine = changed.demands
        if not defect.is_of_answers or replace(changed, demands=usual.demands) != usual:
            return True
        moved = {name for name, most in LONGEST.items() if mine.longest[name] != most}
        return bool(self.demanded & {*mine.forgotten, *moved})

    def _reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return asked.reply

    def _course(self, operation: str, course: Course) -> Course:
        self._courses.append((operation, course))
        return course

    def _tell(self, happened: Sequence[Happened]) -> Sequence[Sequence[Happened]]:
        self._told.append(happened)
        return (happened,)

    def _say(self, said: Said) -> Said:
        self._said.append(said)
        return said
