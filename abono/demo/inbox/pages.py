"""The inbox as pages and as JSON. All text of a mail is escaped; its HTML is shown in a sealed frame."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files
from urllib.parse import quote

from abono.demo.inbox.mails import Folder, Mail

MOST_SHOWN, MOST_TOLD = 200, 1_000  # mails of the page, of /mails.json

# The frame may open links in new windows, and nothing else: no script, no form, nothing from elsewhere.
FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline';"
    " img-src data:; frame-ancestors 'self'"
)
POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Answer:
    content: str | bytes
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    policy: str = POLICY
    file_name: str = ""  # of a download


def answer(folder: Folder, path: str, *, to: str) -> Answer:
    """What a browser gets for an address; `to` asks for the mail of one person only."""
    match path.strip("/").split("/"):
        case [""]:
            return _list(folder.newest(to=to, limit=MOST_SHOWN), to)
        case ["mails.json"]:
            mails = [_facts(mail) for mail in folder.newest(to=to, limit=MOST_TOLD)]
            return Answer(json.dumps({"mails": mails}, ensure_ascii=False, indent=1), "application/json")
        case ["style.css"]:
            style = (files("abono.demo.inbox") / "inbox.css").read_text()
            return Answer(style, "text/css; charset=utf-8")
        case ["mails", number, *rest] if mail := folder.get(number):
            return _of_one(mail, rest)
    return _page("Not found", '<h1>No such mail</h1><p><a href="/">Back to the inbox</a></p>', status=404)


def _of_one(mail: Mail, rest: list[str]) -> Answer:
    match rest:
        case []:
            return _read(mail)
        case ["html"]:  # links open in a new window, because the frame may not leave
            head, found, body = mail.part("html").rpartition("<head>")
            return Answer(f'{head}{found}<base target="_blank">{body}', policy=FRAME_POLICY)
        case ["source"]:
            return Answer(mail.raw, "text/plain; charset=utf-8")
        case ["attachments", which]:
            for number, (name, media_type, content) in enumerate(mail.attachments, start=1):
                if which == str(number):
                    return Answer(content, media_type, file_name=name)
    return _page("Not found", '<h1>Not in this mail</h1><p><a href="/">Back to the inbox</a></p>', status=404)


def _list(mails: list[Mail], to: str) -> Answer:
    what = "<p>Every e-mail that is sent ends up here. Nothing leaves this machine.</p>"
    if to:
        what = f'<p>Mail to <strong>{escape(to)}</strong>. <a href="/">Show all</a></p>'
    rows = "".join(
        f'<li><a href="/mails/{mail.id}"><span class=subject>{escape(mail.subject) or "(no subject)"}</span>'
        f"<span class=to>{escape(', '.join(mail.recipients))}</span>"
        + "".join(f"<span class=clip>{escape(name)}</span>" for name, _, _ in mail.attachments)
        + f"{_time(mail.received_at)}</a></li>"
        for mail in mails
    )
    none = "<p class=empty>No mail yet. It appears here as soon as something is sent; reload the page.</p>"
    return _page("Inbox", f"<h1>Inbox</h1>{what}" + (f"<ul class=mails>{rows}</ul>" if rows else none))


def _read(mail: Mail) -> Answer:
    """One mail: who, when, its attachments, what it looks like and its text."""
    sender = escape(str(mail.message["From"] or mail.sender))
    to = ", ".join(f'<a href="/?to={quote(one)}">{escape(one)}</a>' for one in mail.recipients)
    papers = "".join(
        f'<li><a href="/mails/{mail.id}/attachments/{number}">{escape(name)}</a>'
        f" <span class=quiet>{escape(media_type)}, {len(content):,} bytes</span></li>"
        for number, (name, media_type, content) in enumerate(mail.attachments, start=1)
    )
    attached = f"<dt>Attached</dt><dd><ul class=papers>{papers}</ul></dd>" if papers else ""
    frame = (
        f'<iframe src="/mails/{mail.id}/html" title="The mail as it looks"'
        " sandbox='allow-popups allow-popups-to-escape-sandbox'></iframe>"
        if mail.part("html")
        else ""
    )
    return _page(
        mail.subject,
        f'<p><a href="/">← Inbox</a></p><h1>{escape(mail.subject) or "(no subject)"}</h1>'
        f"<dl><dt>From</dt><dd>{sender}</dd><dt>To</dt><dd>{to}</dd>"
        f"<dt>Received</dt><dd>{_time(mail.received_at)}</dd>{attached}</dl>{frame}"
        f"<details{'' if frame else ' open'}><summary>Text</summary><pre>{escape(mail.part('plain'))}</pre></details>"
        f'<p><a href="/mails/{mail.id}/source">Source</a></p>',
    )


def _facts(mail: Mail) -> dict[str, object]:
    """The text part, and where the rest is."""
    return {
        "id": mail.id,
        "received_at": mail.received_at.isoformat(),
        "from": str(mail.message["From"] or mail.sender),
        "to": mail.recipients,
        "subject": mail.subject,
        "language": str(mail.message["Content-Language"] or ""),
        "text": mail.part("plain"),
        "html": f"/mails/{mail.id}/html" if mail.part("html") else None,
        "attachments": [
            {
                "name": name,
                "type": media_type,
                "bytes": len(content),
                "href": f"/mails/{mail.id}/attachments/{number}",
            }
            for number, (name, media_type, content) in enumerate(mail.attachments, start=1)
        ],
    }


def _time(moment: datetime) -> str:
    return f'<time datetime="{moment.isoformat()}">{moment:%d %b %Y, %H:%M:%S} UTC</time>'


def _page(title: str, content: str, *, status: int = 200) -> Answer:
    return Answer(
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)} · abono inbox</title><link rel=stylesheet href=/style.css></head>"
        f'<body><header><a href="/">abono</a> <span>inbox of the demo</span></header><main>{content}</main>'
        "</body></html>",
        status=status,
    )
