"""The words by which a sentence or headline tells that somebody did something."""

import re

_ACTION = re.compile(
    r"\b(?:agree|acquir|appoint|approv|ban|buil[dt]|buy|bought|clos|cut|delay|develop|end"
    r"|expand|fil|fin|halt|hir|invest|join|keep|kept|laid|launch|lay|merg|mov|nam|open|order|pa(?:id|y)"
    r"|plan|post|rais|recall|reduc|reject|replac|resign|restart|revis|rose|ros|scrap|sell|shift"
    r"|shut|sign|slash|sold|start|stop|su(?:ed|es|ing)|suspend|tak|took|unveil|withdr[ae]w)"
    r"(?:s|es|e|d|ed|ing|ting|ping|ning|n|ns)?\b"
    r"|決定|決め|合意|締結|取得|買収|出資|投資|統合|提携|解消|撤退|閉鎖|削減|減産|増産|停止|再開|開始"
    r"|終了|延期|中止|発売|公開|投入|値上げ|値下げ|引き上げ|引き下げ|修正|計上|届け出|リコール|交換|回収|改修|就任"
    r"|退任|辞任|採用|建設|新設|稼働|移管|生産する|提訴|起訴|命じ|科|認め|申請|破綻|増え|減っ|減少|増加"
)


def tells_a_deed(small: str) -> bool:
    """Whether a text in normal form and lower case says what was done, decided or announced."""
    return _ACTION.search(small) is not None
