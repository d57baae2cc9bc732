"""The inbox as pages and as JSON. All text of a mail is escaped; its HTML is shown in a sealed frame."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from html import escape
from importlib.resources import files
from urllib.parse import quote, urlencode

from abono.demo.inbox.store import Mail

PAGE = 50

# The frame may open links in new windows, and nothing else: no script, no form, nothing from elsewhere.
FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline';"
    " img-src data:; frame-ancestors 'self'"
)
POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


def style() -> str:
    return (files("abono.demo.inbox") / "inbox.css").read_text()


def listing(mails: list[Mail], *, to: str) -> str:
    """The newest mails, at most PAGE of them; with `to`, those to one address."""
    rows = "".join(_row(mail) for mail in mails)
    what = (
        f'<p>Mail to <strong>{escape(to)}</strong>. <a href="/">Show all</a></p>'
        if to
        else "<p>Every e-mail that is sent ends up here. Nothing leaves this machine.</p>"
    )
    none = "<p class=empty>No mail yet. It appears here as soon as something is sent; reload the page.</p>"
    older = ""
    if len(mails) == PAGE:
        query = urlencode({"before": mails[-1].id, **({"to": to} if to else {})})
        older = f'<p><a class=older href="/?{escape(query)}">Older mail</a></p>'
    content = f"<ul class=mails>{rows}</ul>{older}" if mails else none
    return _page("Inbox", f"<h1>Inbox</h1>{what}{content}")


def _row(mail: Mail) -> str:
    to = ", ".join(mail.recipients)
    paper = "".join(f"<span class=clip>{escape(a.name)}</span>" for a in mail.attachments)
    return (
        f'<li><a href="/mails/{mail.id}"><span class=subject>{escape(mail.subject) or "(no subject)"}</span>'
        f"<span class=to>{escape(to)}</span>{paper}{_time(mail.received_at)}</a></li>"
    )


def reading(mail: Mail) -> str:
    """One mail: who, when, its attachments, what it looks like and its text."""
    to = ", ".join(
        f'<a href="/?{escape(urlencode({"to": address}))}">{escape(address)}</a>'
        for address in mail.recipients
    )
    papers = "".join(
        f'<li><a href="/mails/{mail.id}/attachments/{number}">{escape(paper.name)}</a>'
        f" <span class=quiet>{escape(paper.media_type)}, {len(paper.content):,} bytes</span></li>"
        for number, paper in enumerate(mail.attachments, start=1)
    )
    attachments = f"<dt>Attached</dt><dd><ul class=papers>{papers}</ul></dd>" if papers else ""
    frame = (
        f'<iframe src="/mails/{mail.id}/html" title="The mail as it looks"'
        " sandbox='allow-popups allow-popups-to-escape-sandbox'></iframe>"
        if mail.html
        else ""
    )
    return _page(
        mail.subject,
        f'<p><a href="/">← Inbox</a></p><h1>{escape(mail.subject) or "(no subject)"}</h1>'
        f"<dl><dt>From</dt><dd>{escape(str(mail.message['From'] or mail.sender))}</dd><dt>To</dt><dd>{to}</dd>"
        f"<dt>Received</dt><dd>{_time(mail.received_at)}</dd>{attachments}</dl>{frame}"
        f"<details{'' if frame else ' open'}><summary>Text</summary><pre>{escape(mail.text)}</pre></details>"
        f'<p><a href="/mails/{mail.id}/source">Source</a></p>',
    )


def framed(mail: Mail) -> str:
    """The HTML part as it came; links open in a new window, because the frame may not leave."""
    head, found, rest = mail.html.partition("<head>")
    base = '<base target="_blank">'
    return f"{head}{found}{base}{rest}" if found else base + mail.html


def missing() -> str:
    return _page("Not found", '<h1>No such mail</h1><p><a href="/">Back to the inbox</a></p>')


def as_json(mails: Iterable[Mail]) -> str:
    """`{"mails": […]}`, newest first, with the text part and where the attachments are."""
    return json.dumps({"mails": [_facts(mail) for mail in mails]}, ensure_ascii=False, indent=1)


def _facts(mail: Mail) -> dict[str, object]:
    return {
        "id": mail.id,
        "received_at": mail.received_at.isoformat(),
        "from": str(mail.message["From"] or mail.sender),
        "to": list(mail.recipients),
        "subject": mail.subject,
        "language": str(mail.message["Content-Language"] or ""),
        "text": mail.text,
        "html": f"/mails/{mail.id}/html" if mail.html else None,
        "attachments": [
            {
                "name": paper.name,
                "type": paper.media_type,
                "bytes": len(paper.content),
                "href": f"/mails/{mail.id}/attachments/{number}",
            }
            for number, paper in enumerate(mail.attachments, start=1)
        ],
    }


def disposition(name: str) -> str:
    """Content-Disposition for a download; the name travels percent-encoded, whatever is in it."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


def _time(moment: datetime) -> str:
    return f'<time datetime="{moment.isoformat()}">{moment:%d %b %Y, %H:%M:%S} UTC</time>'


def _page(title: str, content: str) -> str:
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)} · abono inbox</title><link rel=stylesheet href=/style.css></head>"
        f'<body><header><a href="/">abono</a> <span>inbox of the demo</span></header><main>{content}</main>'
        "</body></html>"
    )
