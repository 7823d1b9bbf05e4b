"""What a program is told of an alert: JSON that docs/alerts.md describes, signed."""

import hashlib
import hmac
import json

from digest import __version__
from digest.alerts.payload import DELIVERY, SIGNATURE, headers, payload
from digest.model import AlertId, Change, Choice
from tests.alerts.builders import BURST, raise_, titled, told, watch
from tests.builders import NOW

NUMBER = AlertId(7)


def body(title: str = "Nissan to close two plants") -> bytes:
    raised = raise_(
        titled(told(1), [title]), watch("company:nissan", breaking=Choice()), burst=BURST
    )
    assert raised is not None
    return payload(NUMBER, raised.alert, raised.told[0], None)


def test_says_what_who_and_why() -> None:
    value = json.loads(body())
    assert value["version"] == 1
    assert value["alert"] == NUMBER
    assert value["update"] is False
    assert value["companies"] == ["nissan"]
    assert value["headlines"][0]["title"] == "Nissan to close two plants"
    assert value["outlets"][0]["published"] == "2026-11-16T06:00:00+00:00"
    assert value["breaking"] == {"owners": 6, "hours": 6.0, "usual": 1.5, "about": "nissan"}
    assert [rule["rule"] for rule in value["rules"]] == ["company:nissan", "breaking"]
    assert value["mute"] == f"digest alerts mute --story {value['story']}"


def test_says_what_is_new() -> None:
    before = raise_(told(30, number=1), watch("company:nissan"))
    raised = raise_(told(1, number=2), watch("company:nissan"), before=before)
    assert before is not None
    assert raised is not None
    value = json.loads(payload(NUMBER, raised.alert, raised.told[0], before.alert))
    assert value["update"] is True
    assert value["changes"] == [Change.STAGE]
    assert value["breaking"] is None


def test_has_no_control_characters_of_a_feed() -> None:
    assert "\\u" not in body("Nissan\x1b[31m\u202e close\u2028plants").decode()


def test_is_signed_by_time_and_secret() -> None:
    sent = body()
    given = headers(NUMBER, sent, "our secret", NOW)
    seconds, _, signature = given[SIGNATURE].partition(",v1=")
    signed = f"{seconds.removeprefix('t=')}.".encode() + sent
    assert hmac.new(b"our secret", signed, hashlib.sha256).hexdigest() == signature
    assert given[DELIVERY] == "alert/7"
    assert given["User-Agent"] == f"kuruma-digest/{__version__}"


def test_is_not_signed_without_a_secret() -> None:
    assert SIGNATURE not in headers(NUMBER, body(), None, NOW)
