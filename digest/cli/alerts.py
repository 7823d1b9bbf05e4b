"""`digest alerts`: what is watched, what was raised and why, a rule tried out, silence."""

from typing import TYPE_CHECKING

import click

from digest.cli import completing
from digest.cli.group import Group
from digest.cli.output import plain, progress_bar, show_json, show_rows
from digest.cli.project import NUMBER, Project, moment_since, pass_project
from digest.english import counted
from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from digest.app import App
    from digest.model import Raised, Reason, Recipient, SubscriberId
    from digest.settings import Settings
    from digest.store.alerts import PastAlert, PastTold
    from digest.stories.rules import Rule


@click.group(cls=Group)
def alerts() -> None:
    """Alerts: list, test, history, mute."""


@alerts.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def list_(project: Project, *, as_json: bool) -> None:
    """List what is watched for, who is told, and what is silent until when."""
    from digest.alerts.watchers import recipients, rule_key, wants_breaking, wants_own_rules
    from digest.mail.notices import length
    from digest.model import BREAKING, Status

    settings, now = project.settings(), project.clock()()
    with project.store() as store:
        muted = {
            what: until.astimezone(settings.zone).isoformat(" ", "minutes")
            for what, until in store.mutes.all(now).items()
        }
        readers = store.subscribers.all(Status.ACTIVE)
        troubles = store.channels.troubles(settings.alerts.channels)
    breaking = [reader for reader in readers if wants_breaking(reader)]
    own = [r for r in readers if wants_own_rules(r) and r.preferences.rules]
    rules = sum(len(reader.preferences.rules) for reader in own)
    to = [settings.operator] if settings.operator else []
    to += [f"channel {name}" for name in settings.alerts.breaking]
    to += [counted(len(breaking), "reader")] if breaking else []
    columns = ("name", "match", "to", "cooldown", "muted_until")
    rows: list[tuple[object, ...]] = [
        (
            BREAKING,
            "",
            ", ".join(to),
            length(settings.alerts.cooldown),
            muted.get(rule_key(BREAKING)),
        ),
        *(
            (
                rule.name,
                rule.match,
                ", ".join(map(_name, recipients(rule))),
                length(rule.cooldown),
                muted.get(rule_key(rule.name)),
            )
            for rule in settings.alerts.rules
        ),
    ]
    if own:
        rows.append(
            (f"{counted(rules, 'rule')} of readers", "", counted(len(own), "reader"), "", None)
        )
    for what, until in muted.items():
        if what.startswith("story/"):
            rows.append((what.replace("/", " "), "", "", "", until))
    show_rows(columns, rows, as_json=as_json)
    for trouble in troubles.values():
        since = trouble.failing_since.astimezone(settings.zone)
        again = "with the next alert"
        if trouble.not_before > now:
            again = f"{trouble.not_before.astimezone(settings.zone):%Y-%m-%d %H:%M}"
        click.echo(
            f"channel {trouble.name} fails since {since:%Y-%m-%d %H:%M}:"
            f" {plain(trouble.error)}; tried again {again}",
            err=True,
        )


@alerts.command()
@click.argument("rule", required=False)
@click.option("--breaking", is_flag=True, help="Try stories that break, instead of a rule.")
@click.option("--since", default="30 days", show_default=True, help="How far back to look.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def test(project: Project, *, rule: str | None, breaking: bool, since: str, as_json: bool) -> None:
    """Show what a rule would have raised. Nobody is told, and nothing changes.

    RULE is text such as 'company:nissan and topic:recall_safety', or the name of an [[alerts]]
    table.
    """
    if (rule is None) != breaking:
        raise UsageError("give a rule to try, or --breaking")
    now = project.clock()()
    start = moment_since(since, now)
    with project.app(changes=False) as app, progress_bar("trying") as advance:
        found = app.alerts.tried(
            None if rule is None else _read(rule, app),
            start,
            lambda done, all_: advance(done, all_, ""),
        )
        settings = app.settings
    columns = ("at", "story", "update", "outlets", "headline", "why")
    rows = [_trial_row(each, settings) for each in found]
    show_rows(columns, rows, as_json=as_json, cut={"headline": 30, "why": 20}, spare=("update",))
    days = max(1, round((now - start).total_seconds() / 86_400))
    told = f"{counted(len(found), 'alert')} in {counted(days, 'day')}"
    click.echo(f"{told}; what a feed held when it was first read is left out", err=True)


@alerts.command()
@click.option("--since", default="30 days", show_default=True, help="How far back to look.")
@click.option("--story", type=NUMBER, help="Only of this story.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def history(project: Project, *, since: str, story: int | None, as_json: bool) -> None:
    """Show what was raised, who was told of it and when, and why."""
    from digest.model import StoryId

    settings, now = project.settings(needed=False), project.clock()()
    start = moment_since(since, now)
    with project.store() as store:
        addresses = {reader.id: reader.address for reader in store.subscribers.all()}
        if story is None:
            past = store.alerts.history(start)
        else:
            number = store.corrections.story_of(StoryId(story)) or StoryId(story)
            past = [each for each in store.alerts.of(number) if each.alert.alert.at >= start]
    if as_json:
        show_json([_as_json(each, addresses) for each in past])
        return
    for each in past:
        alert = each.alert.alert
        at = alert.at.astimezone(settings.zone)
        top = alert.story.headlines[0]
        click.echo(
            f"{at:%Y-%m-%d %H:%M} [{each.alert.id}] story {alert.story.story},"
            f" {counted(alert.story.owners, 'independent outlet')}: {plain(top.title)}"
        )
        for told in each.told:
            click.echo(f"    {_told_line(told, addresses, settings, now)}")


@alerts.command()
@click.argument("rule", required=False, shell_complete=completing.rules)
@click.option("--story", type=NUMBER, help="Be silent about this story, by any rule.")
@click.option("--for", "length", default="7 days", show_default=True, help="For so long.")
@click.option("--off", is_flag=True, help="Speak again.")
@pass_project
def mute(project: Project, *, rule: str | None, story: int | None, length: str, off: bool) -> None:
    """Be silent about a rule or a story for a while; `breaking` is the rule without a name.

    What is raised meanwhile is not made up for later.
    """
    from digest.alerts.watchers import rule_key, story_key
    from digest.model import BREAKING, StoryId
    from digest.tomlvalues import parse_duration

    if (rule is None) == (story is None):
        raise UsageError("give the name of a rule, or --story and a number")
    settings, now = project.settings(), project.clock()()
    known = [BREAKING, *(each.name for each in settings.alerts.rules)]
    if rule is not None and rule not in known:
        raise UsageError(f"no rule is called {rule!r}; there are: {', '.join(known)}")
    try:
        until = now + parse_duration(length)
    except ValueError as error:
        raise UsageError(f"--for {length!r}: {error}") from error
    if until <= now:
        raise UsageError(f"--for {length!r}: longer than no time at all; --off speaks again")
    with project.changes() as store:
        what = asked = rule_key(rule or BREAKING) if story is None else story_key(story)
        if story is not None:
            number = store.corrections.story_of(StoryId(story))
            if number is None:
                raise UsageError(f"there is no story {story}; `digest stories` lists them")
            what = story_key(number)
        if off:
            # A story that was merged since then is muted by the number that it had.
            found = {what, asked}.intersection(store.mutes.all(now))
            if not found:
                raise UsageError(f"{what.replace('/', ' ')} was not muted")
            for each in found:
                store.mutes.unmute(each)
            click.echo(f"{what.replace('/', ' ')} may be told again")
            return
        store.mutes.mute(what, until)
    local = until.astimezone(settings.zone)
    click.echo(f"silent about {what.replace('/', ' ')} until {local:%Y-%m-%d %H:%M}")


def _read(text: str, app: "App") -> "Rule":
    """The rule of this name, or of this text."""
    from digest.configwords import unknown_names
    from digest.model import BREAKING
    from digest.stories.rules import RuleError, parse

    named = {rule.name: rule.match for rule in app.settings.alerts.rules}
    if text == BREAKING and text not in named:
        raise UsageError("`digest alerts test --breaking` tries the stories that break")
    try:
        read = parse(named.get(text, text))
    except RuleError as error:
        mark = f"{' ' * error.position}^"
        words = f"the rule cannot be read {error}\n  {plain(text)}\n  {mark}"
        if " " not in text and named:
            words += f"\nRules with a name of their own: {', '.join(named)}"
        raise UsageError(words) from error
    unknown = unknown_names(read, app.lexicon)
    if unknown:
        told = [f"the lexicon does not know {name}{hint}" for name, hint in unknown.items()]
        raise UsageError("\n".join(told))
    return read


def _trial_row(raised: "Raised", settings: "Settings") -> tuple[object, ...]:
    alert = raised.alert
    story, (told,) = alert.story, raised.told
    if alert.burst is not None:
        hours = round(alert.burst.within.total_seconds() / 3600)
        usual = "not known yet" if alert.burst.usual is None else f"{alert.burst.usual:.1f}"
        why = f"{alert.burst.owners} in {hours} h; usual: {usual}"
    else:
        why = ", ".join(dict.fromkeys(w for reason in told.reasons for w in reason.words))
    return (
        f"{alert.at.astimezone(settings.zone):%Y-%m-%d %H:%M}",
        story.story,
        ", ".join(told.changes),
        story.owners,
        story.headlines[0].title,
        why,
    )


def _name(to: "Recipient") -> str:
    from digest.model import ToAddress, ToChannel

    match to:
        case ToAddress(address=address):
            return address
        case ToChannel(name=name):
            return f"channel {name}"
        case _:
            return f"reader {to.id}"


def _told_line(
    told: "PastTold",
    addresses: "Mapping[SubscriberId, str]",
    settings: "Settings",
    now: "datetime",
) -> str:
    """Who, when, and by which rule."""
    who = plain(_who(told.to, addresses))
    due = told.due_at.astimezone(settings.zone)
    when = f"waits for its turn since {due:%Y-%m-%d %H:%M}"
    if told.due_at > now:
        when = f"waits until {due:%Y-%m-%d %H:%M} (quiet hours)"
    if told.outcome is not None:
        when = f"not told: {plain(told.outcome)}"
    elif told.told_at is not None:
        when = f"{told.told_at.astimezone(settings.zone):%Y-%m-%d %H:%M}"
    reasons = "; ".join(_reason(reason) for reason in told.reasons)
    changes = f" update ({', '.join(told.changes)})" if told.changes else ""
    return f"{who}: {when}{changes}, {reasons}"


def _who(to: "Recipient", addresses: "Mapping[SubscriberId, str]") -> str:
    from digest.model import ToReader

    return addresses.get(to.id, _name(to)) if isinstance(to, ToReader) else _name(to)


def _reason(reason: "Reason") -> str:
    from digest.model import BREAKING

    words = f" ({', '.join(map(plain, reason.words))})" if reason.words else ""
    return f"{plain(reason.rule) or BREAKING}{words}"


def _as_json(past: "PastAlert", addresses: "Mapping[SubscriberId, str]") -> dict[str, object]:
    from digest.model import BREAKING

    alert = past.alert.alert
    return {
        "alert": past.alert.id,
        "at": alert.at.isoformat(),
        "story": alert.story.story,
        "headline": alert.story.headlines[0].title,
        "outlets": alert.story.owners,
        "breaking": alert.burst is not None,
        "told": [
            {
                "to": _who(told.to, addresses),
                "at": told.told_at and told.told_at.isoformat(),
                "rules": [reason.rule or BREAKING for reason in told.reasons],
                "words": [word for reason in told.reasons for word in reason.words],
                "changes": list(told.changes),
                "not_told": told.outcome,
            }
            for told in past.told
        ],
    }
