"""Labels on pages say what the bank's lists say."""

from question_bank.taxonomy import BAND_NAMES, DIFFICULTY_NAMES, KIND_NAMES, TOPICS
from quiz.items import labels


def source_texts(table: dict[object, object]) -> dict[str, str]:
    """Lazy texts by the message id they were made with (no request is needed)."""
    return {str(key): lazy._args[0] for key, lazy in table.items()}  # type: ignore[attr-defined]


def test_every_code_of_the_taxonomy_has_its_label() -> None:
    assert source_texts(labels.TOPIC_LABELS) == {code: topic.name for code, topic in TOPICS.items()}
    assert source_texts(labels.KIND_LABELS) == {str(kind): name for kind, name in KIND_NAMES.items()}
    assert source_texts(labels.BAND_LABELS) == {str(band): name for band, name in BAND_NAMES.items()}
    assert source_texts(labels.DIFFICULTY_LABELS) == {str(key): name for key, name in DIFFICULTY_NAMES.items()}
