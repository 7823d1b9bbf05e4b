"""The words of an alert's mail that no outlet wrote, in the languages that readers may choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one language. `{}` stands for a value."""

    alert: str
    update: str
    subject: str  # {alert or update}, {the headline}
    more: str  # {the subject}, with {so many} other stories
    several: str  # the heading over {so many} stories
    new: str  # over what is new
    why: str  # over why they are told
    breaks: str  # {owners} in {hours}, where for {a company} {so many} are usual
    breaks_anew: str  # the same, where nobody knows yet what is usual
    whole: str  # what is usual for no company or topic, but at such a time
    went_on: str  # they were told of it when it broke
    rule: str  # {its name} of the operator's
    own_rule: str  # {its text} of the reader's
    because: str  # {words} that met it, after the rule
    stage: str  # it has come further since {a headline}
    figure: str  # {a figure} that several outlets give now
    owners: str  # {so many} outlets, {so many} then
    outlets: str  # over the list of outlets: {so many}
    more_outlets: str  # {so many} that are not listed
    between: str
    told: str  # why {an address} gets it: it is subscribed to {the title}
    operator: str  # why the operator gets it
    mute: str
    mute_word: str  # {the mailbox}: how to be silent by mail
    preferences: str
    leave: str
    silence: str  # how the operator silences a rule, or the story of {this number}
    sender: str


ENGLISH = Words(
    alert="Alert",
    update="Update",
    subject="{}: {}",
    more="{} (+{} more)",
    several="{} stories that could not wait",
    new="New since our last alert",
    why="Why you get this",
    breaks="It is breaking: {} independent outlets in {} hours, where {} usually has {}.",
    breaks_anew="It is breaking: {} independent outlets in {} hours.",
    whole="any story",
    went_on="We told you of this story when it broke.",
    rule="It meets the rule “{}”",
    own_rule="It meets your rule {}",
    because=": {}",
    stage="The story has moved on. Before: {}",
    figure="Several outlets now say: {}",
    owners="{} outlets tell it now; it was {}.",
    outlets="Outlets that tell it: {}",
    more_outlets="and {} more",
    between=", ",
    told="You get this because {} asked {} for alerts.",
    operator="You get this because feeds.toml names this address.",
    mute="Mute alerts for a week",
    mute_word="Or write “mute 1 week” to {}; “alerts: none” or “unsubscribe” ends them.",
    preferences="Change what you get",
    leave="Unsubscribe from everything",
    silence="`digest alerts mute NAME` silences a rule, `digest alerts mute --story {}` a story.",
    sender="Sent by {}",
)

JAPANESE = Words(
    alert="速報",
    update="続報",
    subject="【{}】{}",
    more="{}（ほか{}件）",
    several="速報 {}件",
    new="前回の速報からの変化",
    why="この速報をお送りする理由",
    breaks="{}社が{}時間以内に相次いで報道（{}の通常は{}社）",
    breaks_anew="{}社が{}時間以内に相次いで報道",
    whole="ニュース全体",
    went_on="この話題の速報をお送りしたため",
    rule="条件「{}」に一致",
    own_rule="あなたの条件 {} に一致",
    because="（{}）",
    stage="状況が進展しました。これまで：{}",
    figure="複数の媒体が伝えた数字：{}",
    owners="報道が{}社に増えました（前回は{}社）。",
    outlets="{}社が報道",
    more_outlets="ほか{}社",
    between="、",
    told="{} 宛てに「{}」の速報を希望されているため、お送りしています。",
    operator="feeds.toml にこのアドレスが書かれているため、お送りしています。",
    mute="速報を1週間止める",
    mute_word=(
        "または「ミュート 1週間」と {} へお送りください。"
        "「速報: なし」または「配信停止」で終了します。"
    ),
    preferences="配信内容を変更する",
    leave="すべての配信を停止する",
    silence="`digest alerts mute 名前`で条件、`digest alerts mute --story {}`で話題を止めます。",
    sender="発行：{}",
)

LANGUAGES: Mapping[str, Words] = MappingProxyType({"en": ENGLISH, "ja": JAPANESE})
