"""The table of settings says what the code says."""

from docs.write_configuration import FILE, document
from handlers.settings import Settings


def test_table_in_the_repository_is_what_the_settings_say() -> None:
    """After a change of the settings: `python -m docs.write_configuration`, and docs/meanings.py for a new one."""
    assert FILE.read_text("utf-8") == document()


def test_every_setting_is_there_and_secrets_are_marked() -> None:
    lines = [line for line in document().splitlines() if line.startswith("| `CASTMARK_")]
    assert len(lines) > len(Settings.model_fields) + 30
    secret = [line.split("`")[1] for line in lines if "; secret |" in line]
    assert set(secret) == {
        *("CASTMARK_TOKEN", "CASTMARK_DATABASE_URL"),
        *("CASTMARK_OUTBOX__WEBHOOK_SECRET", "CASTMARK_OUTBOX__MQTT_PASSWORD"),
    }
