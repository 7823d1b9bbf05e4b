"""Two long articles about the same three carmakers: two stories, and nothing from their tails."""

import json
from pathlib import Path

from tests.end_to_end.service import Project
from tests.feeds.server import FeedServer, Response

CONFIG = """
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
[fetch]
allow_hosts = ["{http}"]
[[feeds]]
url = "http://{http}/feed"
id = "essays"
title = "Essays"
"""

ALLIES_TITLE = "Rivals no more: why Toyota, Honda and Nissan now work together"
ALLIES = """
<p>For decades Toyota, Honda and Nissan fought for every buyer. Now the heads of all three say the
same thing in public: none of them can pay for the coming ten years alone.</p>
<p>The new American tariffs are expected to take about 13 billion dollars from the profits of
Japan's carmakers. Toyota sold a record 10.5 million vehicles last year, yet earned less on
each.</p>
<p>Chinese makers of electric cars such as BYD win customers in Southeast Asia and, slowly, at
home. The pause in demand for electric cars should have suited the masters of the hybrid; their
share of the market has fallen all the same.</p>
<p>So Toyota looks for partners across the industry, while Honda and Nissan share the cost of
automated driving and talk about building cars for each other in the United States. Nissan, which
expects a deeper loss this year, has the least choice.</p>
<p>For Tesla and for European brands this is an opening: whoever agrees on everything in committees
moves slowly.</p>
<p>This content is AI-generated based on source articles. We recommend verifying with the original
source.</p>
<h3>Related Articles</h3>
<p>A nuclear power plant starts again after fourteen years. Panasonic plans a battery plant.</p>
<p>Sign in to join the conversation</p>
"""

APPROACH_TITLE = "Toyota sounded out Nissan after the merger with Honda fell through"
APPROACH = """
<p>After the merger of Nissan and Honda came to nothing in February, an executive of Toyota asked
Nissan whether the two might work together, the Mainichi newspaper reported. Both companies
declined to comment.</p>
<p>Nissan and Honda had ended their talks on 13 February 2025, seven weeks after a memorandum, when
Nissan would not become a subsidiary of Honda.</p>
<p>Toyota already holds 20 percent of Subaru, 5.1 percent of Mazda, 4.9 percent of Suzuki and 5.9
percent of Isuzu. Its chairman had said in January that a merger with Nissan would meet the
antitrust laws.</p>
<p>Nissan is cutting 20,000 jobs and closing seven plants. It relies on its alliance with Renault
and Mitsubishi for new models.</p>
<p>You may also like</p>
<p>The end of the road for Jaguar and Land Rover in America: exports stop as tariffs bite.</p>
<p>Now is the time to buy a BMW: the German maker pays the tariff itself.</p>
"""


def feed() -> Response:
    articles = ((ALLIES_TITLE, ALLIES, "12"), (APPROACH_TITLE, APPROACH, "11"))
    body = "".join(
        f"<item><title>{title}</title><description><![CDATA[{text}]]></description>"
        f"<link>https://essays.example/{day}</link>"
        f"<pubDate>Wed, {day} Nov 2026 09:00:00 +0900</pubDate></item>"
        for title, text, day in articles
    )
    document = f"<rss version='2.0'><channel><title>Essays</title>{body}</channel></rss>"
    return Response(body=document.encode())


async def test_two_articles_become_two_stories_about_their_subjects(tmp_path: Path) -> None:
    async with FeedServer({"/feed": feed()}) as feeds:
        project = Project(tmp_path, CONFIG.format(http=feeds.host))
        project.set_clock("2026-11-12T12:00:00+09:00")
        await project.run("poll")
    rows = {
        row["title"]: row
        for row in map(json.loads, (await project.run("stories", "--jsonl")).splitlines())
    }
    allies, approach = rows[ALLIES_TITLE], rows[APPROACH_TITLE]
    assert set(allies["companies"]) == {"toyota", "honda", "nissan"}
    assert set(approach["companies"]) == {"toyota", "honda", "nissan"}
    assert "mergers_alliances" in approach["topics"]
    assert "tariffs_trade" not in approach["topics"]  # the word stands in its tail only
    assert "battery" not in allies["topics"]
    assert allies["story"] != approach["story"]
    shown = await project.run("preview")
    assert ALLIES_TITLE in " ".join(shown.split())
    assert APPROACH_TITLE in " ".join(shown.split())
    for tail in ("Jaguar", "BMW", "nuclear", "AI-generated", "Sign in"):
        assert tail not in shown
