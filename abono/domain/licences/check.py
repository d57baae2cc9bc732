"""Prove the pools from the leases and places (OPS-2); part of flows.check_books."""

from __future__ import annotations

LICENCES = {
    "leases of a contract are not as many as its pool says": """
        SELECT p.contract_id::text, p.held::text, count(l.person)::text
          FROM licences_pool p LEFT JOIN licences_lease l ON l.contract_id = p.contract_id
         GROUP BY p.contract_id, p.held HAVING p.held <> count(l.person) ORDER BY 1""",
    "people who wait for a licence are not as many as its pool says": """
        SELECT p.contract_id::text, p.waiting::text, count(w.person)::text
          FROM licences_pool p LEFT JOIN licences_place w ON w.contract_id = p.contract_id
         GROUP BY p.contract_id, p.waiting HAVING p.waiting <> count(w.person) ORDER BY 1""",
    "leases of a contract have no pool": """
        SELECT DISTINCT l.contract_id::text, 'leases', 'no pool' FROM licences_lease l
         WHERE NOT EXISTS (SELECT FROM licences_pool p WHERE p.contract_id = l.contract_id) ORDER BY 1""",
}
