"""User-facing words in Finnish, Swedish and English."""

from typing import Literal, get_args

from harness.classes import dataclass

Language = Literal["fi", "sv", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class Text:
    """One text in the three languages; ``text["fi"]`` gives the Finnish one."""

    fi: str
    sv: str
    en: str

    def __getitem__(self, language: Language) -> str:
        match language:
            case "fi":
                return self.fi
            case "sv":
                return self.sv
            case "en":
                return self.en
