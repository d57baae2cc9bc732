"""Bank statements as banks write them, made up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

HEADER = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

"""


def entry(day: date, amount: str, name: str, text: str) -> str:
    """As Itaú writes it: no end tags around values."""
    kind = "DEBIT" if amount.startswith("-") else "CREDIT"
    return (
        f"<STMTTRN>\n<TRNTYPE>{kind}\n<DTPOSTED>{day:%Y%m%d}100000[-03:EST]\n<TRNAMT>{amount}\n<FITID>{name}\n"
        f"<CHECKNUM>{name}\n<MEMO>{text}\n</STMTTRN>\n"
    )


def statement(
    entries: Iterable[str], *, currency: str = "BRL", account: str = "1234567890", branch: str = ""
) -> bytes:
    branch = f"<BRANCHID>{branch}\n" if branch else ""
    return f"""{HEADER}<OFX>
<SIGNONMSGSRSV1>
<SONRS>
<STATUS>
<CODE>0
<SEVERITY>INFO
</STATUS>
<DTSERVER>20260703100000[-03:EST]
<LANGUAGE>POR
</SONRS>
</SIGNONMSGSRSV1>
<BANKMSGSRSV1>
<STMTTRNRS>
<TRNUID>1001
<STMTRS>
<CURDEF>{currency}
<BANKACCTFROM>
<BANKID>0341
{branch}<ACCTID>{account}
<ACCTTYPE>CHECKING
</BANKACCTFROM>
<BANKTRANLIST>
<DTSTART>20260701100000[-03:EST]
<DTEND>20260703100000[-03:EST]
{"".join(entries)}</BANKTRANLIST>
<LEDGERBAL>
<BALAMT>1.00
<DTASOF>20260703100000[-03:EST]
</LEDGERBAL>
</STMTRS>
</STMTTRNRS>
</BANKMSGSRSV1>
</OFX>
""".encode("cp1252")
