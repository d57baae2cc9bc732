"""Take a bank's return: kept whole or not at all, line by line as it is read, for workers to apply (PAY-4, PAY-7)."""

from __future__ import annotations

import zlib
from datetime import datetime
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from django.db import transaction

from abono.domain.payments import registry
from abono.domain.payments.errors import BadBankFile, NoBankAccount
from abono.domain.payments.files import bank_files
from abono.domain.payments.files.bank_files import FileInfo
from abono.domain.payments.ports.push import BadFile
from abono.platform.use_case import use_case

MOST_BYTES = 64 * 1024 * 1024  # of a file, unpacked
_ZIPPED = b"PK\x03\x04"
_OF_ANOTHER = ("bank", "account")


@use_case
def take(*, name: str, content: bytes, actor: str, real: datetime) -> tuple[FileInfo, bool]:
    """Keep a return file, of whichever account it is, to be applied by workers from now on; it may come zipped. Returns it, and
    whether it is new: the same file again changes nothing. Raises BadBankFile, BankFileKnown, NoBankAccount.
    """
    content, bad = unpacked(name, content), None
    for gateway in registry.bank_accounts():
        files = registry.bank_files(gateway)
        assert files is not None
        try:
            with transaction.atomic():  # what was kept until a line is wrong was never kept
                told = files.read(content)
                return bank_files.keep_return(
                    gateway=gateway, name=name, content=content, told=told, actor=actor, real=real
                )
        except BadFile as why:  # most of all, why it is of no account
            if bad is None or why.code not in _OF_ANOTHER:
                bad = why
    if bad is None:
        raise NoBankAccount()
    raise BadBankFile.because(bad.code, bad.line or content.count(b"\n"), bad.found)


def unpacked(name: str, content: bytes) -> bytes:
    """The one file in a zip, or what is none as it is. Raises BadBankFile."""
    if not content.startswith(_ZIPPED):
        return content
    try:
        with ZipFile(BytesIO(content)) as packed:
            inside = [one for one in packed.infolist() if not one.is_dir()]
            if len(inside) != 1 or inside[0].file_size > MOST_BYTES:
                raise BadBankFile.because("zip", 1, name)
            with packed.open(inside[0]) as file:
                found = file.read(MOST_BYTES + 1)
    except (BadZipFile, zlib.error, EOFError, RuntimeError):
        raise BadBankFile.because("zip", 1, name) from None
    if len(found) > MOST_BYTES:
        raise BadBankFile.because("zip", 1, name)
    return found
