"""Remittance files as each bank takes them: the library's, with what its manual wants and the library does not do.

Our number of a title stays as it is, hyphens included, so that return files have it again. Where the library counts
the days until a bank writes a title off by itself, ours are counted; some banks leave no choice.
"""

from __future__ import annotations

from decimal import Decimal

from pycobranca.cnab.cnab240 import (
    RemessaBancoBrasil240,
    RemessaCaixa240,
    RemessaSantander240,
    RemessaSicoob240,
    RemessaSicredi240,
)
from pycobranca.cnab.cnab240.base import RemessaCnab240Base
from pycobranca.cnab.cnab400 import RemessaBradesco400, RemessaItau400
from pycobranca.cnab.pagamento import Pagamento

WRITE_OFF = "02"


class InBatches(RemessaCnab240Base):
    """What files of 240 positions have in common."""

    def numero(self, pagamento: Pagamento) -> str:
        return f"{pagamento.documento:15.15}"

    def identificacao_titulo_empresa(self, pagamento: Pagamento) -> str:
        return f"{pagamento.documento:25.25}"

    def monta_segmento_r(self, pagamento: Pagamento, nro_lote: int, sequencial: int) -> str | None:
        """Fine: says nothing for a title that is to be written off."""
        if pagamento.identificacao_ocorrencia == WRITE_OFF:
            return None
        return super().monta_segmento_r(pagamento, nro_lote, sequencial)


class BancoDoBrasil(InBatches, RemessaBancoBrasil240):
    pass


class Santander(InBatches, RemessaSantander240):
    MOST_DAYS = 99

    def _doc_ou_numero(self, pagamento: Pagamento, tamanho: int = 25) -> str:
        return f"{pagamento.documento:{tamanho}.{tamanho}}"

    def valor_mora_segmento(self, pagamento: Pagamento, tamanho: int = 15) -> str:
        """A rate has five decimals at this bank, by note 18 of its manual; the library writes two."""
        return f"{int(Decimal(pagamento.percentual_mora).scaleb(5)):0{tamanho}d}"

    def dias_baixa(self, pagamento: Pagamento) -> str:
        return f"{min(int(pagamento.dias_baixa), self.MOST_DAYS):02d}"


class Caixa(InBatches, RemessaCaixa240):
    MOST_DAYS = 120

    def numero(self, pagamento: Pagamento) -> str:
        """Has eleven letters: the last ones are those in which numbers differ."""
        return f"{pagamento.documento[-11:]:15}"

    def dias_baixa(self, pagamento: Pagamento) -> str:
        return f"{min(int(pagamento.dias_baixa), self.MOST_DAYS):03d}"


class Sicredi(InBatches, RemessaSicredi240):
    pass


class Sicoob(InBatches, RemessaSicoob240):  # type: ignore[misc]  # None for a fine is what the library's own base allows
    pass


class Itau(RemessaItau400):
    def monta_detalhe_multa(self, pagamento: Pagamento, sequencial: int) -> str:
        """The fine, in a line of its own behind the title's, which the library does not know: from the due date on."""
        return (
            f"2{pagamento.codigo_multa}{pagamento.data_vencimento:%d%m%Y}"
            f"{pagamento.formata_percentual_multa(13)}{'':371}{sequencial:06d}"
        )


Bradesco = RemessaBradesco400
Form = InBatches | Itau | Bradesco
