"""The words of the pages, in the languages that readers may choose. `{}` stands for a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from digest.model import AlertWish
from digest.subscribers.limits import ASK_AGAIN_HOURS, GOOD_FOR
from digest.subscribers.ownrules import MOST_RULES
from digest.subscribers.tokens import PREFERENCES_GOOD_FOR
from digest.web.forms import Trouble


@dataclass(frozen=True, slots=True)
class Said:
    """A heading and what stands under it."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWords:
    """The words of one language."""

    other_language: str  # the same page, as a link in the language that it leads to
    skip: str
    archive: str
    about: str
    sent_by: str  # {the sender}
    write_to: str

    subscribe: Said  # {the title}
    address: str
    address_hint: str
    rhythm: str
    language: str
    languages: Mapping[str, str]
    topics: str
    companies: str
    all: str
    comma: str  # between names
    none_is_all: str
    both: str
    bait: str
    subscribe_button: str
    in_mailbox: Said  # {the address}
    nothing_came: str

    confirm: Said  # {the title}
    confirm_button: str
    joined: Said  # {the title}, {the address}
    obeyed: Said  # what else a confirmation may have asked
    used: Said  # a confirmation that is no longer good
    choose_link: str

    leave: Said  # {the title}
    leave_button: str
    left: Said  # {the title}
    again: str
    leave_link: str

    choose: Said  # {the address}
    alerts: str
    alert_wishes: Mapping[AlertWish, str]
    own_rules: str
    own_rules_hint: str  # {an example}
    bad_line: str  # {its number}, {what is wrong}
    save_button: str
    saved: str
    pause: str
    pause_text: str
    weeks: Mapping[int, str]
    pause_button: str
    paused: str
    paused_until: str  # {the day}
    muted_until: str  # {the day}
    mute: str
    mute_text: str
    mute_button: str
    unmute_button: str
    unmuted: str
    resume_button: str
    resumed: str
    suspended: Said
    expired: Said  # {the mailbox}
    ended: Said  # {the title}

    somebody: str  # a reader who is not named
    help: Said
    help_ways: tuple[tuple[str, str, str], ...]  # what a mail does, its subject, what to call it

    look_again: str
    troubles: Mapping[Trouble, str]
    errors: Mapping[int, Said]  # by status
    error: Said  # any other


ENGLISH = PageWords(
    other_language="日本語",
    skip="Skip to the content",
    archive="Past issues",
    about="Change or leave",
    sent_by="Sent by {}",
    write_to="Write to us:",
    subscribe=Said(
        "Subscribe to {}",
        "The news of Japan's car industry in one mail: each story told once, with its sources."
        " Choose what you want to read about.",
    ),
    address="Email address",
    address_hint="We write there once, to ask whether it was you.",
    rhythm="How often",
    language="Language of headings",
    languages=MappingProxyType({"en": "English", "ja": "Japanese (日本語)"}),
    topics="Topics",
    companies="Companies",
    all="all",
    comma=", ",
    none_is_all="Tick none to get all of them.",
    both="If you tick topics and companies, a story has to meet both.",
    bait="Leave this empty",
    subscribe_button="Subscribe",
    in_mailbox=Said(
        "Look in your mailbox",
        f"A mail is on its way to {{}}, unless we wrote there within the last {ASK_AGAIN_HOURS}"
        " hours. It says how to go on; until then, nothing else comes.",
    ),
    nothing_came=(
        "Nothing there after ten minutes? Look into the spam folder, and see whether the address"
        " above is the right one."
    ),
    confirm=Said("Confirm your subscription", "Press the button to get {} by mail."),
    confirm_button="Yes, I want it",
    joined=Said(
        "You are subscribed",
        "{} comes to {} from now on. At the end of each issue there are links to change what you"
        " get, and to leave.",
    ),
    obeyed=Said("Done", "What the mail described is done."),
    used=Said(
        "This link is not good any more",
        f"It was used before, or it is older than {GOOD_FOR.days} days. If you have confirmed"
        " already, all is well; if not, ask once more.",
    ),
    choose_link="Choose what you get",
    leave=Said("Unsubscribe", "Press the button to end your subscription to {}."),
    leave_button="Unsubscribe",
    left=Said(
        "You are unsubscribed",
        "No more issues of {} are sent to the address that this link belongs to. One that is on"
        " its way already may still arrive. If more issues come, use the link in one of them.",
    ),
    again="Subscribe again",
    leave_link="Unsubscribe",
    choose=Said("What you get", "For {}"),
    alerts="Alerts between the issues",
    alert_wishes=MappingProxyType(
        {
            AlertWish.NONE: "None",
            AlertWish.RULES: "By my own rules only",
            AlertWish.BREAKING: "When news breaks, and by my own rules",
        }
    ),
    own_rules="Rules of my own",
    own_rules_hint=(
        f'One a line, at most {MOST_RULES}. A rule has company:, topic:, "words", and, or, not:'
        " for example {}"
    ),
    bad_line="Line {}: {}.",
    save_button="Save",
    saved="Saved. Issues follow it from the next one on, alerts at once.",
    pause="Take a break",
    pause_text="No issues for a while; then they come again by themselves.",
    weeks=MappingProxyType({1: "1 week", 2: "2 weeks", 4: "4 weeks", 8: "8 weeks"}),
    pause_button="Pause",
    paused="Your subscription is paused.",
    paused_until="Your subscription is paused until {}.",
    muted_until="You get no alerts until {}.",
    mute="Silence alerts",
    mute_text="No alerts for a week; issues come as before.",
    mute_button="Mute for a week",
    unmute_button="Get alerts again",
    unmuted="You get your alerts again.",
    resume_button="Resume now",
    resumed="Welcome back. The next issue comes as usual.",
    suspended=Said(
        "Nothing is sent to this address at the moment",
        "Our mail to it came back. Subscribe again to start anew.",
    ),
    expired=Said(
        "This link has expired",
        f"Links to your preferences are good for {PREFERENCES_GOOD_FOR.days} days. Each issue"
        " brings a fresh one at its end."
        " Or write “status” to {}: the answer says what you get, and how to change it by mail.",
    ),
    ended=Said("This subscription has ended", "No issues of {} are sent to this address."),
    somebody="a reader",
    help=Said(
        "Change or leave",
        "Each issue has links at its end that change what you get and end the subscription. No"
        " issue at hand? Write from the address that is subscribed:",
    ),
    help_ways=(
        ("To end the subscription", "leave", "Mail “leave”"),
        ("To see and change what you get", "status", "Mail “status”"),
        ("To pause for four weeks", "pause 4 weeks", "Mail “pause 4 weeks”"),
        ("For all else that a mail can do", "help", "Mail “help”"),
    ),
    look_again="Please look at this again:",
    troubles=MappingProxyType(
        {
            Trouble.NO_ADDRESS: "Your email address is missing.",
            Trouble.WRONG_ADDRESS: (
                "This is not an email address. One looks like taro@example.com."
            ),
            Trouble.UNKNOWN_CHOICE: "Something that you chose is not there any more.",
            Trouble.BAD_RULE: "One of your rules for alerts cannot be read.",
            Trouble.NO_RULE: "For alerts by your own rules, write at least one.",
            Trouble.TOO_QUICK: "That was very quick. Please press the button once more.",
            Trouble.TOO_OLD: "The form was open for very long. Please press the button once more.",
        }
    ),
    errors=MappingProxyType(
        {
            404: Said(
                "There is no such page", "The link may be incomplete. Please copy all of it."
            ),
            405: Said("That does not work here", "Please start again from the first page."),
            413: Said("That was too much", "The form holds more than we take."),
            429: Said("Too many at once", "Please wait a few minutes, then try again."),
            500: Said("Something went wrong", "It is our fault. Please try again in a while."),
            503: Said("We are busy", "Please try again in a minute."),
        }
    ),
    error=Said("That could not be understood", "Please start again from the first page."),
)

JAPANESE = PageWords(
    other_language="English",
    skip="本文へ移動",
    archive="バックナンバー",
    about="変更・停止",
    sent_by="発行：{}",
    write_to="お問い合わせ：",
    subscribe=Said(
        "「{}」を購読する",
        "日本の自動車業界のニュースを一通のメールにまとめます。同じ話題の記事はひとつに束ね、"
        "出典を添えてお届けします。読みたい内容をお選びください。",
    ),
    address="メールアドレス",
    address_hint="ご本人の確認のため、メールを1通お送りします。",
    rhythm="配信の頻度",
    language="見出しの言語",
    languages=MappingProxyType({"en": "英語 (English)", "ja": "日本語"}),
    topics="トピック",
    companies="企業",
    all="すべて",
    comma="、",
    none_is_all="ひとつも選ばなければ、すべてお届けします。",
    both="トピックと企業の両方を選ぶと、両方に当てはまるニュースだけをお届けします。",
    bait="この欄は空のままにしてください",
    subscribe_button="購読を申し込む",
    in_mailbox=Said(
        "メールをご確認ください",
        f"{{}} 宛てにメールをお送りしました（{ASK_AGAIN_HOURS}時間以内にお送りしている場合を"
        "除きます）。"
        "メールの案内に沿ってお進みください。それまで、ほかのメールは届きません。",
    ),
    nothing_came=(
        "10分たっても届かない場合は、迷惑メールフォルダと、上のメールアドレスに誤りがないかを"
        "お確かめください。"
    ),
    confirm=Said("購読の確認", "ボタンを押すと「{}」の配信が始まります。"),
    confirm_button="はい、購読します",
    joined=Said(
        "購読の手続きが完了しました",
        "今後「{}」を {} 宛てにお届けします。配信内容の変更や停止は、各号の末尾のリンクから"
        "いつでもできます。",
    ),
    obeyed=Said("完了しました", "メールでご案内したとおりに手続きしました。"),
    used=Said(
        "このリンクは使えなくなっています",
        f"すでに使われたか、{GOOD_FOR.days}日間の有効期間が過ぎています。確認がお済みなら、このままで問題"
        "ありません。お済みでなければ、もう一度お申し込みください。",
    ),
    choose_link="配信内容を選ぶ",
    leave=Said("配信の停止", "ボタンを押すと「{}」の配信を停止します。"),
    leave_button="配信を停止する",
    left=Said(
        "配信を停止しました",
        "このリンクのアドレス宛てに、今後「{}」はお送りしません。行き違いで、送信済みのメールが"
        "届くことがあります。その後も届く場合は、そのメールのリンクをお使いください。",
    ),
    again="もう一度購読する",
    leave_link="配信を停止する",
    choose=Said("配信内容の設定", "{} 宛て"),
    alerts="速報（定期のメールを待たないお知らせ）",
    alert_wishes=MappingProxyType(
        {
            AlertWish.NONE: "受け取らない",
            AlertWish.RULES: "自分の条件に合うときだけ",
            AlertWish.BREAKING: "重大なニュースと、自分の条件に合うとき",
        }
    ),
    own_rules="自分の条件",
    own_rules_hint=(
        f'1行にひとつ、{MOST_RULES}件まで。company:（会社）、topic:（トピック）、"語句"、and、or、'
        "not で書きます。例：{}"
    ),
    bad_line="{}行目：{}。",
    save_button="保存する",
    saved="保存しました。定期のメールには次の号から、速報にはすぐに反映されます。",
    pause="配信の休止",
    pause_text="しばらくお休みします。期間が過ぎると自動で再開します。",
    weeks=MappingProxyType({1: "1週間", 2: "2週間", 4: "4週間", 8: "8週間"}),
    pause_button="休止する",
    paused="配信を休止しています。",
    paused_until="{}まで配信を休止しています。",
    muted_until="{}まで速報を休止しています。",
    mute="速報の休止",
    mute_text="1週間、速報をお送りしません。定期のメールはこれまでどおりお届けします。",
    mute_button="1週間止める",
    unmute_button="速報を再開する",
    unmuted="速報の配信を再開しました。",
    resume_button="今すぐ再開する",
    resumed="配信を再開しました。次の号からお届けします。",
    suspended=Said(
        "現在、配信を止めています",
        "このアドレス宛てのメールが戻ってきたためです。"
        "あらためてお申し込みいただくと再開できます。",
    ),
    expired=Said(
        "リンクの有効期間が過ぎています",
        f"設定用のリンクの有効期間は{PREFERENCES_GOOD_FOR.days}日です。各号の末尾に新しいリンクがあります。また、件名を"
        "「状態」として {} 宛てにメールをお送りいただくと、現在の内容とメールでの変更方法を"
        "お知らせします。",
    ),
    ended=Said("この購読は終了しています", "このアドレスに「{}」はお送りしていません。"),
    somebody="読者",
    help=Said(
        "変更・停止",
        "各号の末尾に、配信内容の変更と停止のためのリンクがあります。お手元にない場合は、"
        "購読中のアドレスからメールをお送りください。",
    ),
    help_ways=(
        ("配信を停止する", "配信停止", "「配信停止」とメールする"),
        ("配信内容を確認・変更する", "状態", "「状態」とメールする"),
        ("4週間休止する", "休止 4週間", "「休止 4週間」とメールする"),
        ("そのほかにできること", "ヘルプ", "「ヘルプ」とメールする"),
    ),
    look_again="次の点をご確認ください。",
    troubles=MappingProxyType(
        {
            Trouble.NO_ADDRESS: "メールアドレスを入力してください。",
            Trouble.WRONG_ADDRESS: ("メールアドレスの形になっていません（例：taro@example.com）。"),
            Trouble.UNKNOWN_CHOICE: "選ばれた項目の中に、現在は使われていないものがあります。",
            Trouble.BAD_RULE: "速報の条件に、読み取れないものがあります。",
            Trouble.NO_RULE: "自分の条件で速報を受け取るには、条件をひとつ以上お書きください。",
            Trouble.TOO_QUICK: "送信が速すぎたようです。もう一度ボタンを押してください。",
            Trouble.TOO_OLD: "時間がたちすぎたようです。もう一度ボタンを押してください。",
        }
    ),
    errors=MappingProxyType(
        {
            404: Said(
                "ページが見つかりません",
                "リンクが途中で切れているかもしれません。全体をコピーしてください。",
            ),
            405: Said("この操作はできません", "最初のページからやり直してください。"),
            413: Said("データが大きすぎます", "受け付けられる量を超えています。"),
            429: Said("アクセスが集中しています", "数分後にもう一度お試しください。"),
            500: Said("問題が発生しました", "こちらの不具合です。しばらくしてからお試しください。"),
            503: Said("混み合っています", "1分ほどたってからお試しください。"),
        }
    ),
    error=Said("内容を読み取れませんでした", "最初のページからやり直してください。"),
)

LANGUAGES: Mapping[str, PageWords] = MappingProxyType({"en": ENGLISH, "ja": JAPANESE})
