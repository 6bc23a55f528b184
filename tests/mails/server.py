"""A mail server for tests. It ends when its standard input does.

Usage: server.py [--port PORT] [--tls CERT KEY | --starttls CERT KEY] [--user NAME PASSWORD]

With --tls the line is TLS from the first byte; with --starttls nothing is taken before STARTTLS.

Prints its port as the first line, then a line of JSON for each message that it was handed over, whatever it answered:
envelope, headers as people read them, the three parts, and the calendar part as icalendar reads it, with every occurrence
that recurring-ical-events finds. Lines of standard input are JSON: {"to": ADDRESS or "*", "say": WHAT}, where WHAT is
"250 ...", "451 ..." or "550 ..." as the answer to the message, or "hang" to say nothing and "drop" to cut the line; or
{"read": [TEXT, ...]}, which is answered by what a calendar shows that takes them in one after the other.
"""

import argparse
import asyncio
import datetime
import email
import email.policy
import json
import ssl
import sys

import icalendar
import recurring_ical_events
from aiosmtpd.smtp import SMTP, AuthResult

rules = {"*": "250 2.0.0 taken"}


def line(value):
    print(json.dumps(value, ensure_ascii=False), flush=True)


def instant(value):
    return value.dt.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def component(event):
    attendee = event["ATTENDEE"]
    attendees = attendee if isinstance(attendee, list) else [attendee]
    return {
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "stamp": instant(event["DTSTAMP"]),
        "start": instant(event["DTSTART"]),
        "end": instant(event["DTEND"]),
        "summary": str(event["SUMMARY"]),
        "location": str(event.get("LOCATION", "")),
        "url": str(event.get("URL", "")),
        "status": str(event["STATUS"]),
        "class": str(event["CLASS"]),
        "rule": event["RRULE"].to_ical().decode() if "RRULE" in event else None,
        "recurrenceId": instant(event["RECURRENCE-ID"]) if "RECURRENCE-ID" in event else None,
        "organizer": [str(event["ORGANIZER"]), event["ORGANIZER"].params.get("CN")],
        "attendees": [
            [str(one), one.params.get("CN"), one.params.get("ROLE"), one.params.get("PARTSTAT")]
            for one in attendees
        ],
    }


def calendar(text):
    read = icalendar.Calendar.from_ical(text)
    events = read.walk("VEVENT")
    found = recurring_ical_events.of(read).between((2026, 1, 1), (2029, 1, 1))
    times = sorted([instant(one["DTSTART"]), instant(one["DTEND"]), str(one["SUMMARY"])] for one in found)
    octets = [len(one) for one in text.encode().split(b"\r\n")]
    return {
        "method": str(read["METHOD"]),
        "events": [component(event) for event in events],
        "occurrences": times,
        "longest": max(octets),
        "bare": text.replace("\r\n", "").count("\n"),
        "errors": [str(error) for one in events for error in one.errors],
    }


def together(texts):
    """What a calendar shows that holds all of these: of one UID and RECURRENCE-ID what was told last, with its greatest SEQUENCE."""
    held = {}
    whole = icalendar.Calendar()
    for read in map(icalendar.Calendar.from_ical, texts):
        for zone in read.walk("VTIMEZONE"):
            whole.add_component(zone)
        for event in read.walk("VEVENT"):
            own = instant(event["RECURRENCE-ID"]) if "RECURRENCE-ID" in event else None
            key = (str(event["UID"]), own)
            if key not in held or int(event["SEQUENCE"]) >= int(held[key]["SEQUENCE"]):
                held[key] = event
    for event in held.values():
        whole.add_component(event)
    found = recurring_ical_events.of(whole).between((2026, 1, 1), (2029, 1, 1))
    stands = (one for one in found if str(one["STATUS"]) != "CANCELLED")
    return sorted([instant(one["DTSTART"]), instant(one["DTEND"]), str(one["SUMMARY"])] for one in stands)


def told(envelope):
    raw = envelope.original_content
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = list(message.iter_parts()) or [message]
    body = {part.get_content_type(): part for part in parts}
    read = {
        "from": envelope.mail_from,
        "to": envelope.rcpt_tos,
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "names": [name.lower() for name in message.keys()],
        "kind": message.get_content_type(),
        "kinds": [part.get_content_type() for part in parts],
        "plain": body["text/plain"].get_content(),
        "ascii": raw.isascii(),
        "longest": max(len(one) for one in raw.split(b"\r\n")),
        "raw": raw.decode("ascii", "replace"),
    }
    # A reminder is plain text alone.
    if not message.is_multipart():
        return read
    invitation = body["text/calendar"]
    return read | {
        "invitation": invitation.get_payload(decode=True).decode(),
        "method": invitation.get_param("method"),
        "charset": invitation.get_param("charset"),
        "html": body["text/html"].get_content(),
        "calendar": calendar(invitation.get_payload(decode=True).decode()),
    }


class Handler:
    async def handle_DATA(self, server, session, envelope):
        say = rules.get(envelope.rcpt_tos[0], rules["*"])
        try:
            line(told(envelope) | {"said": say, "tls": server.transport.get_extra_info("sslcontext") is not None})
        except Exception as error:  # what cannot be read is told as such
            line({"unreadable": repr(error), "raw": envelope.original_content.decode("utf-8", "replace")})
        if say == "hang":
            await asyncio.sleep(3600)
        if say == "drop":
            server.transport.abort()
            return "421 gone"
        return say


async def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--tls", nargs=2)
    options.add_argument("--starttls", nargs=2)
    options.add_argument("--user", nargs=2)
    chosen = options.parse_args()

    def context(files):
        if not files:
            return None
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        made.load_cert_chain(*files)
        return made

    def check(_server, _session, _envelope, _way, data):
        good = [data.login.decode(), data.password.decode()] == chosen.user
        return AuthResult(success=good, handled=False)

    starttls = context(chosen.starttls)

    def one():
        # aiosmtpd knows of the TLS that it began itself, not of that from the first byte.
        plain = {"auth_require_tls": bool(starttls)}
        login = {"authenticator": check, "auth_required": True, **plain} if chosen.user else {}
        secrecy = {"tls_context": starttls, "require_starttls": True} if starttls else {}
        return SMTP(Handler(), hostname="mail.example.org", **login, **secrecy)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(one, "127.0.0.1", chosen.port, ssl=context(chosen.tls))
    print(server.sockets[0].getsockname()[1], flush=True)
    reader = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while rule := await reader.readline():
        told_rule = json.loads(rule)
        if "read" in told_rule:
            line(together(told_rule["read"]))
            continue
        rules[told_rule["to"]] = told_rule["say"]
        print("{}", flush=True)


asyncio.run(main())
