"""An operator corrects stories beside the running service, and the service abides by it."""

import json
import re
from pathlib import Path

from tests.end_to_end.service import Project
from tests.end_to_end.test_a_week_passes import BATTERY_PLANT, BATTERY_PLANT_JA, rss
from tests.end_to_end.test_commands import CONFIG
from tests.feeds.server import FeedServer

LATER = (
    "日産とホンダ、電池合弁工場を再協議 両社で3000億円",
    "1500億円ずつ出資する。",
    BATTERY_PLANT[2],
)
AGAIN = (
    "Nissan, Honda revive battery plant talks in Japan",
    "150 billion yen each.",
    BATTERY_PLANT[2],
)


async def stories(project: Project) -> dict[str, str]:
    """The story of each headline."""
    rows = map(json.loads, (await project.run("stories", "--jsonl")).splitlines())
    return {row["title"]: row["story"] for row in rows}


async def test_what_the_operator_says_holds_while_news_comes_in_and_after_a_restart(
    tmp_path: Path,
) -> None:
    english, japanese = BATTERY_PLANT[0], BATTERY_PLANT_JA[0]
    pages = {"/english": rss([BATTERY_PLANT]), "/japanese": rss([BATTERY_PLANT_JA])}
    async with FeedServer(pages) as feeds:
        project = Project(tmp_path, CONFIG.format(http=feeds.host))
        project.set_clock("2026-11-12T12:00:00+09:00")
        async with project.service():
            await project.run("poll", "--force")
            together = (await stories(project))[english]
            shown = await project.run("stories", "show", together)
            found = re.search(rf"\[(\d+)\] .*{japanese}", shown)
            assert found is not None
            said = await project.run("stories", "split", together, found[1])
            assert f"left story {together} for story" in said
            feeds.answers["/japanese"] = rss([LATER, BATTERY_PLANT_JA])
            await project.run("poll", "--force")
            apart = await stories(project)
            assert apart[english] == together != apart[japanese]
            assert apart[LATER[0]] in {apart[english], apart[japanese]}
            # As without a service: the same words, the same status.
            assert "no story 99" in await project.run("stories", "exclude", "99", code=2)
            wrong = await project.run("stories", "lead", together, "999", code=2)
            assert "no story has an entry 999" in wrong
        async with project.service():
            await project.run("stories", "merge", apart[english], apart[japanese])
            feeds.answers["/english"] = rss([AGAIN, BATTERY_PLANT])
            await project.run("poll", "--force")
            assert set((await stories(project)).values()) == {together}
            await project.run("stories", "exclude", together)
            assert "nothing to send" in await project.run("preview")
        assert project.has_logged("stories.corrected")
