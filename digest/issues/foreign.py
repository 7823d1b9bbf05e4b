"""How a story that nobody tells in the reader's language is told to them.

Where the same issue has what came before in that language, that is told, and the news after it:
a reader learns what it is about, and that it has gone on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from digest.model import Headline, IssueStory, StoryId


def overtaken(stories: Iterable[IssueStory]) -> Mapping[StoryId, IssueStory]:
    """By the number of each story, the best of those that it has overtaken in this issue."""
    found: dict[StoryId, IssueStory] = {}
    for story in stories:
        if story.overtaken_by is not None:
            found.setdefault(story.overtaken_by, story)
    return found


def readable(story: IssueStory, before: IssueStory | None, lang: str) -> IssueStory:
    """The story; or, where only `before` has a headline in the language, both as one from there.

    It has then taken a turn: its own headlines say what has become of the one that is told.
    """
    if before is None or any(one.lang == lang for one in story.headlines):
        return story
    news, known = story.headlines[0].published, _latest(story, before, lang)
    if known is None or known.published is None or news is None or known.published >= news:
        return story
    outlets = {outlet.outlet for outlet in story.outlets}
    return replace(
        story,
        headlines=(known, *story.headlines),
        sentences=(*(one for one in before.sentences if one.url == known.url), *story.sentences),
        outlets=(
            *story.outlets,
            *(outlet for outlet in before.outlets if outlet.outlet not in outlets),
        ),
        earlier=tuple(stage for stage in story.earlier if stage.story != before.story),
        turned=news,
    )


def _latest(story: IssueStory, before: IssueStory, lang: str) -> Headline | None:
    """The headline in a language by which the earlier story stands as a stage of the later one."""
    stages = (stage.headlines for stage in story.earlier if stage.story == before.story)
    told = (*next(stages, ()), *before.headlines)
    found = next((one for one in told if one.lang == lang), None)
    same = (one for one in before.headlines if found is not None and one.url == found.url)
    return next(same, found)  # a stage has no summary
