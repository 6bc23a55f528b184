package main

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/pion/rtp"
)

// window is the measured span, in ns of the kernel's clock.
var window struct{ from, until atomic.Int64 }

// sampleEvery is how seldom a packet is opened and checked once a flow's first keyframe is whole.
const sampleEvery = 8

// flow is one RTP stream that a subscriber receives.
type flow struct {
	known, video     bool
	pre, pkts, bytes uint64 // before and within the window
	counted          uint64 // all media packets, for the loss between samples
	seq              uint16
	ooo              uint64
	firstRTP         int64
	firstKey, whole  int64
	keyFrame         uint32
	keyMask          uint64
	opened, refused  uint64
	foreign          uint64
	delay            hist
	from, to         mark
	stream           uint32
}

// mark ties a probe's number to the count of packets that had come with it.
type mark struct {
	seq     uint32
	counted uint64
	set     bool
}

// subscriber is one listener: what its connections received. Most servers need one, some one for each publisher.
type subscriber struct {
	began   int64
	ready   int // flows that must stand before it reads lazily
	lazy    atomic.Bool
	mu      sync.Mutex
	flows   map[uint32]*flow
	scratch []byte
}

func newSubscriber(tracks int) *subscriber {
	return &subscriber{began: nowNs(), ready: tracks, flows: map[uint32]*flow{}}
}

// rtp counts one packet, and opens it with the keys of its connection if it is due.
func (s *subscriber) rtp(keys *srtpKeys, b []byte, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var h rtp.Header
	n, err := h.Unmarshal(b)
	if err != nil || h.Padding { // padding alone is no media
		return
	}
	f := s.flows[h.SSRC]
	if f == nil {
		f = &flow{firstRTP: at, seq: h.SequenceNumber - 1}
		s.flows[h.SSRC] = f
	}
	f.counted++
	if step := int16(h.SequenceNumber - f.seq); step > 0 {
		f.seq = h.SequenceNumber
	} else {
		f.ooo++
	}
	from, until := window.from.Load(), window.until.Load()
	inside := from != 0 && at >= from && (until == 0 || at < until)
	if inside {
		f.pkts++
		f.bytes += uint64(len(b))
	} else if from == 0 || at < from {
		f.pre++
	}
	if !f.known || f.video && f.whole == 0 || f.counted%sampleEvery == 0 {
		s.open(keys, f, b, &h, n, at, inside)
	}
}

func (s *subscriber) open(keys *srtpKeys, f *flow, b []byte, h *rtp.Header, n int, at int64, inside bool) {
	c := keys.opener()
	if c == nil {
		return
	}
	plain, err := c.DecryptRTP(s.scratch[:0], b, h)
	if err != nil {
		f.refused++
		return
	}
	s.scratch = plain
	p, ok := findProbe(plain[n:])
	if !ok { // some servers begin with a picture of their own
		f.foreign++
		return
	}
	f.opened++
	if !f.known {
		f.known, f.video, f.stream = true, p.stream&15 != 15, p.stream
	}
	f.keyframe(&p, at)
	s.settle()
	if !inside {
		return
	}
	f.to = mark{p.seq, f.counted, true}
	if !f.from.set {
		f.from = f.to
	}
	if sent := sentAt(p.stream, p.seq); sent != 0 {
		f.delay.note(at - sent)
	}
}

// keyframe notes when the first packet and when the last of the first keyframe came.
func (f *flow) keyframe(p *probe, at int64) {
	if !p.key || f.whole != 0 {
		return
	}
	if f.firstKey == 0 {
		f.firstKey = at
	}
	if p.frame != f.keyFrame {
		f.keyFrame, f.keyMask = p.frame, 0
	}
	f.keyMask |= 1 << (p.idx & 63)
	if f.keyMask == 1<<p.n-1 {
		f.whole = at
	}
}

// settle lets the subscriber read lazily once everything that it waits for has come.
func (s *subscriber) settle() {
	if s.lazy.Load() {
		return
	}
	stand := 0
	for _, f := range s.flows {
		if f.known && (!f.video || f.whole != 0) {
			stand++
		}
	}
	s.lazy.Store(stand >= s.ready)
}

// tally adds up what all subscribers received.
type tally struct {
	pkts, pre, bytes, ooo   uint64
	opened, refused         uint64
	want, got               uint64
	tracks                  int
	video, audio            hist
	firstRTP, firstKey, key []float64
}

func (t *tally) take(s *subscriber) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := int64(math.MaxInt64)
	for _, f := range s.flows {
		t.pkts, t.pre, t.bytes, t.ooo = t.pkts+f.pkts, t.pre+f.pre, t.bytes+f.bytes, t.ooo+f.ooo
		t.opened, t.refused = t.opened+f.opened, t.refused+f.refused
		if f.pkts > 0 {
			t.tracks++
		}
		if f.to.seq > f.from.seq {
			t.want += uint64(f.to.seq - f.from.seq)
			t.got += f.to.counted - f.from.counted
		}
		first = min(first, f.firstRTP)
		if !f.video {
			t.audio.add(&f.delay)
			continue
		}
		t.video.add(&f.delay)
		if f.firstKey != 0 {
			t.firstKey = append(t.firstKey, float64(f.firstKey-s.began)/1e6)
		}
		if f.whole != 0 {
			t.key = append(t.key, float64(f.whole-s.began)/1e6)
		}
	}
	if len(s.flows) > 0 {
		t.firstRTP = append(t.firstRTP, float64(first-s.began)/1e6)
	}
}
