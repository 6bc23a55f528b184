#!/usr/bin/python3
"""A device that publishes by WHIP with GStreamer's webrtcbin: whip.py URL TOKEN CODEC.

Every answer of the gateway is a line of JSON on standard output: what was asked and the status. SIGTERM ends the
session with DELETE."""

import json
import re
import signal
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

PICTURES = {
    "VP8": "vp8enc deadline=1 keyframe-max-dist=600 target-bitrate=300000 ! rtpvp8pay pt=96 picture-id-mode=15-bit",
    "H264": "openh264enc gop-size=600 complexity=low ! h264parse ! rtph264pay pt=96 config-interval=-1 aggregate-mode=zero-latency",
}
PIPELINE = """webrtcbin name=line bundle-policy=max-bundle
 videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=15/1 ! videoconvert ! queue
  ! {pictures} ! application/x-rtp,media=video,encoding-name={codec},payload=96 ! line.
 audiotestsrc is-live=true wave=red-noise volume=0.9 ! audioconvert ! audioresample ! queue
  ! opusenc ! rtpopuspay pt=97 ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! line."""


class Device:
    def __init__(self, url, token, codec):
        self.url, self.token = url, token
        self.place = self.tag = self.offer = self.reply = None
        self.lock, self.candidates = threading.Lock(), []
        self.pipeline = Gst.parse_launch(PIPELINE.format(pictures=PICTURES[codec], codec=codec))
        self.line = self.pipeline.get_by_name("line")
        # libnice leaves loopback out by itself. The agent's one reference is ours from here on: it is kept.
        self.ice = self.line.get_property("ice-agent")
        self.ice.emit("add-local-ip-address", urllib.parse.urlsplit(url).hostname)
        self.line.connect("on-negotiation-needed", self.negotiate)
        self.line.connect("on-ice-candidate", self.candidate)
        self.pipeline.set_state(Gst.State.PLAYING)

    def ask(self, method, url, body=None, headers=None):
        headers = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        request = urllib.request.Request(url, body and body.encode(), headers, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as refused:
            answer = refused
        text = answer.read().decode()
        print(json.dumps({"asked": method, "status": answer.status, "text": "" if answer.status < 400 else text}), flush=True)
        return answer, text

    def negotiate(self, _line):
        self.line.emit("create-offer", None, Gst.Promise.new_with_change_func(self.offered, None))

    def offered(self, promise, _):
        # The offer lives in the reply: both are kept.
        self.reply = promise.get_reply()
        offer = self.reply.get_value("offer")
        self.offer = offer.sdp.as_text()
        self.line.emit("set-local-description", offer, Gst.Promise.new())
        # Not in GStreamer's own thread: the answer takes a while.
        threading.Thread(target=self.begin, daemon=True).start()

    def begin(self):
        answer, text = self.ask("POST", self.url, self.offer, {"Content-Type": "application/sdp"})
        if answer.status != 201:
            return GLib.idle_add(loop.quit)
        _, sdp = GstSdp.SDPMessage.new_from_text(text)
        described = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp)
        self.line.emit("set-remote-description", described, Gst.Promise.new())
        with self.lock:
            self.tag = answer.headers["ETag"]
            self.place = urllib.parse.urljoin(self.url, answer.headers["Location"])
            early, self.candidates = self.candidates, []
        if early:
            self.trickle(early)

    def candidate(self, _line, index, text):
        with self.lock:
            if not self.place:
                return self.candidates.append((index, text))
        threading.Thread(target=self.trickle, args=([(index, text)],), daemon=True).start()

    def trickle(self, candidates):
        """RFC 8840: what belongs to the first section of the bundle."""
        offer = self.offer
        line = [re.search(f"a={key}:.*", offer).group() for key in ("ice-ufrag", "ice-pwd")]
        first = next(it for it in offer.splitlines() if it.startswith("m="))
        mid = re.search("a=mid:.*", offer).group().strip()
        rest = [f"a={text}" for _, text in candidates]
        body = "\r\n".join([*(it.strip() for it in line), first, mid, *rest, ""])
        self.ask("PATCH", self.place, body, {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": self.tag})

    def end(self):
        if self.place:
            self.ask("DELETE", self.place)
        self.pipeline.set_state(Gst.State.NULL)
        loop.quit()
        return GLib.SOURCE_REMOVE


Gst.init(None)
loop = GLib.MainLoop()
device = Device(*sys.argv[1:])
GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, device.end)
loop.run()
