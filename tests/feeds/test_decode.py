import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.decode import decode

JAPANESE = "トヨタ、日産と提携へ。「軽」の電気自動車を2028年に発売する。"
KANJI = "日産社長交代"

LABELS = {
    "Shift_JIS": "cp932",
    "shift-jis": "cp932",
    "Windows-31J": "cp932",
    "x-sjis": "cp932",
    "cp932": "cp932",
    "MS_Kanji": "cp932",
    "EUC-JP": "euc_jp",
    "x-euc-jp": "euc_jp",
    "ISO-2022-JP": "iso2022_jp",
    "GB18030": "gb18030",
    "gb2312": "gb18030",
    "UTF-8": "utf-8",
    "utf8": "utf-8",
}


def document(text: str, label: str = "") -> str:
    declared = f' encoding="{label}"' if label else ""
    return f'<?xml version="1.0"{declared}?><rss><title>{text}</title></rss>'


@pytest.mark.parametrize(("label", "codec"), LABELS.items())
def test_a_label_in_the_declaration_or_the_header_is_understood(label: str, codec: str) -> None:
    declared = document(JAPANESE, label)
    assert decode(declared.encode(codec)).text == declared
    bare = document(JAPANESE)
    assert decode(bare.encode(codec), f'text/xml; charset="{label}"').text == bare


@pytest.mark.parametrize(
    ("codec", "name"),
    [("utf-8-sig", "utf-8"), ("utf-16", "utf-16le"), ("utf-16-le", "utf-16le")],
)
def test_byte_order_marks_and_zero_bytes_tell_unicode(codec: str, name: str) -> None:
    text = document(JAPANESE, "Shift_JIS")
    assert decode(text.encode(codec), "text/xml; charset=Shift_JIS").text == text
    assert decode(text.encode(codec)).encoding == name


def test_utf_16_in_the_other_order_is_read() -> None:
    text = document(JAPANESE)
    assert decode(text.encode("utf-16-be")).text == text
    assert decode(b"\xfe\xff" + text.encode("utf-16-be")).encoding == "utf-16be"


def test_a_mark_of_utf_8_before_something_else_is_not_believed() -> None:
    text = document(JAPANESE, "Shift_JIS")
    assert JAPANESE in decode(b"\xef\xbb\xbf" + text.encode("cp932")).text


@pytest.mark.parametrize("codec", ["cp932", "euc_jp", "iso2022_jp", "utf-8"])
@pytest.mark.parametrize("label", ["", "UTF-8", "ISO-8859-1", "us-ascii", "x-unheard-of", "zlib"])
def test_undeclared_and_misdeclared_japanese_is_recognised(codec: str, label: str) -> None:
    text = document(JAPANESE, label)
    assert decode(text.encode(codec), "text/xml").text == text


def test_euc_that_says_shift_jis_is_read_as_euc_and_the_other_way_round() -> None:
    assert JAPANESE in decode(document(JAPANESE, "Shift_JIS").encode("euc_jp")).text
    assert JAPANESE in decode(document(JAPANESE, "EUC-JP").encode("cp932")).text


def test_a_label_is_believed_where_there_is_nothing_to_recognise() -> None:
    for label, codec in (("Shift_JIS", "cp932"), ("EUC-JP", "euc_jp")):
        text = document(KANJI, label)
        assert decode(text.encode(codec)).text == text


def test_the_header_and_the_declaration_may_differ_and_the_one_that_fits_wins() -> None:
    text = document(KANJI, "Shift_JIS")
    assert decode(text.encode("cp932"), "text/xml; charset=ISO-8859-1").text == text
    assert decode(text.encode("cp932"), "text/xml; charset=GB2312").text != ""


def test_characters_of_japanese_vendors_are_read() -> None:
    vendor = "①㈱アイシン、Ⅲ型の～髙性能～部品"
    assert decode(document(vendor, "Shift_JIS").encode("cp932")).text == document(
        vendor, "Shift_JIS"
    )
    plain = vendor.replace("～", "〜").replace("髙", "高")
    assert plain in decode(document(plain, "EUC-JP").encode("euc_jis_2004")).text


def test_vendors_characters_are_read_in_every_japanese_encoding() -> None:
    euc = b"\xad\xa1\xad\xea\xfc\xe2"  # ①㈱髙 in the rows that JIS left free
    head, tail = document(f"|{JAPANESE}", "EUC-JP").encode("euc_jp").split(b"|")
    assert f"①㈱髙{JAPANESE}" in decode(head + euc + tail).text
    mail = b"\x1b$B-!-j\x1b(B"
    assert "①㈱" in decode(document(JAPANESE).encode("iso2022_jp") + mail).text
    assert "\ufffd" in decode(document(JAPANESE).encode("euc_jp") + b"\xa9\xa1").text


def test_what_comes_after_much_ascii_is_heard() -> None:
    text = document("ascii " * 30_000 + JAPANESE, "UTF-8")
    assert decode(text.encode("cp932")).text == text


def test_chinese_and_korean_labels_are_believed_unless_the_text_is_japanese() -> None:
    for label, codec, text in (
        ("gb2312", "gb2312", "丰田汽车宣布，在中国生产电动汽车。"),
        ("GBK", "gbk", "丰田汽车"),
        ("Big5", "big5", "豐田汽車宣布在台灣生產電動車"),
        ("ks_c_5601-1987", "cp949", "현대자동차"),
    ):
        whole = document(text, label)
        assert decode(whole.encode(codec)).text == whole
    for codec in ("cp932", "euc_jp"):
        whole = document(JAPANESE, "gb2312")
        assert decode(whole.encode(codec)).text == whole


@pytest.mark.parametrize("codec", ["cp932", "euc_jp"])
@pytest.mark.parametrize("label", ["", "ISO-8859-1"])
def test_kanji_without_kana_are_recognised_too(codec: str, label: str) -> None:
    text = document(KANJI * 2, label)
    assert decode(text.encode(codec)).text == text


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("KOI8-R", "koi8_r", "Тойота закроет завод"),
        ("windows-1251", "cp1251", "Тойота закроет завод"),
        ("ISO-8859-9", "cp1254", "Toyota şirketi İstanbul"),
        ("ISO-8859-7", "iso8859_7", "Τογιότα"),
        ("TIS-620", "cp874", "โตโยต้า"),
        ("latin1", "cp1252", "déjà vu"),
    ],
)
def test_other_encodings_are_read_by_their_label(label: str, codec: str, text: str) -> None:
    assert text in decode(document(text, label).encode(codec)).text


def test_stray_western_bytes_do_not_make_utf_8_western() -> None:
    body = document("Nissan – the plan", "UTF-8").encode().replace(b"plan", b"plan\x92s")
    assert "Nissan – the plan\ufffds" in decode(body).text


def test_utf_16_and_utf_32_are_told_by_their_zeros_and_marks() -> None:
    text = "\n" + document(JAPANESE, "UTF-16")
    assert decode(text.encode("utf-16-le")).encoding == "utf-16le"
    assert decode(text.encode("utf-16-be")).encoding == "utf-16be"
    for codec in ("utf-32", "utf-32-be"):
        marked = ("\ufeff" if codec.endswith("be") else "") + text
        read = decode(marked.encode(codec))
        assert (read.encoding, read.text) == ("utf-32", text)


def test_writing_with_our_handler_of_reading_errors_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        "\ufffd".encode("euc_jp", "digest.jis")


def test_western_documents_stay_western() -> None:
    text = document("Citroën déjà vu – “no”", "ISO-8859-1")
    assert decode(text.encode("cp1252")).text == text
    assert decode(document("Škoda", "ISO-8859-2").encode("iso8859_2")).text.count("Škoda") == 1


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "euc_jp"])
@pytest.mark.parametrize("bad", [b"\xff", b"\x80", b"\xa0"])
def test_one_bad_byte_costs_at_most_three_characters(codec: str, bad: bytes) -> None:
    label = {"cp932": "Shift_JIS", "euc_jp": "EUC-JP"}.get(codec, "UTF-8")
    head, tail = document(f"{JAPANESE} {JAPANESE}", label).split(" トヨタ")
    read = decode(head.encode(codec) + bad + " トヨタ".encode(codec) + tail.encode(codec)).text
    assert head in read
    assert tail[1:] in read


def test_a_bad_byte_in_iso_2022_jp_does_not_spoil_the_rest() -> None:
    text = document(JAPANESE * 2, "ISO-2022-JP").encode("iso2022_jp")
    assert JAPANESE in decode(text.replace(b"</title>", b"\xff</title>")).text


def test_an_ascii_document_with_one_stray_quote_is_western() -> None:
    assert decode(b"<rss>Toyota\x92s plan</rss>").text == "<rss>Toyota’s plan</rss>"


def test_what_is_valid_in_none_is_read_all_the_same() -> None:
    assert decode(b"<rss>\x8f\x90\xff</rss>", "text/xml; charset=EUC-JP").text.endswith("</rss>")


@given(st.binary(max_size=300), st.text(max_size=40))
def test_nothing_raises_and_nothing_unencodable_comes_out(body: bytes, content_type: str) -> None:
    decode(body, content_type).text.encode("utf-8")


@given(st.text(alphabet=st.characters(codec="cp932", min_codepoint=0x3041, max_codepoint=0x30FA)))
def test_kana_survive_every_japanese_encoding(text: str) -> None:
    for codec in ("cp932", "euc_jp", "utf-8"):
        whole = document("、トヨタの" + text)
        assert decode(whole.encode(codec, "ignore")).text == whole.encode(codec, "ignore").decode(
            codec
        )


HALF_WIDTH = "ﾄﾖﾀ 新型車を発売 ﾎﾝﾀﾞは新型車を北米で発売すると発表した。"


@pytest.mark.parametrize("codec", ["cp932", "euc_jp"])
@pytest.mark.parametrize("label", ["", "UTF-8", "ISO-8859-1"])
@pytest.mark.parametrize("text", [HALF_WIDTH, "ﾄﾖﾀ 新型車 ﾎﾝﾀﾞ", "ﾆｯｻﾝ 電池 ｽｽﾞｷ"])
def test_half_width_katakana_without_a_true_label_are_japanese(
    codec: str, label: str, text: str
) -> None:
    whole = document(text, label)
    assert decode(whole.encode(codec)).text == whole


def test_two_bad_bytes_in_a_short_japanese_text_do_not_make_it_western() -> None:
    text = document("日産の新型車 日産は新XX型車を発売する", "UTF-8")
    read = decode(text.encode("cp932").replace(b"XX", b"\xfc\xfc")).text
    assert "日産の新型車" in read
    assert "型車を発売する" in read


def test_surrogates_in_utf_8_are_the_character_that_they_mean() -> None:
    text = document("日産X😀", "UTF-8").encode()
    assert "日産🐀😀<" in decode(text.replace(b"X", b"\xed\xa0\xbd\xed\xb0\x80")).text
    assert "日産\ufffd" in decode((text * 9).replace(b"X", b"\xed\xa0\xbd", 1)).text


@pytest.mark.parametrize(
    "text",
    [
        "Citroën",
        "ÉLÉGANCE À L'ÉTÉ : « ÇA Y EST », « OÙ ? »",
        "Für Österreich: Größe, Süß & Öl – „Überführung“",
        "L’été – où l’électrique a été préféré, à 25 000 € près…",
        "“É” ÄÖÜ",
        "¿Qué? ¡España! Año, corazón, pingüino",
        "Škoda… ½ º ª",
    ],
)
@pytest.mark.parametrize("label", ["", "UTF-8", "ISO-8859-1"])
def test_western_texts_without_a_true_label_stay_western(text: str, label: str) -> None:
    whole = document(text, label)
    assert decode(whole.encode("cp1252")).text == whole


def test_a_label_is_believed_where_most_characters_are_a_vendor_s() -> None:
    body = document("XY", "EUC-JP").encode().replace(b"XY", b"\xad\xea\xc6\xfc\xbb\xba \xad\xa1")
    assert "㈱日産 ①" in decode(body).text
