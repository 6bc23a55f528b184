package main

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/transport/v4/stdnet"
	"github.com/pion/webrtc/v4"
)

// publisher owns one synthetic microphone and one camera, either may be absent.
type publisher struct {
	id           uint32
	video, audio *webrtc.TrackLocalStaticRTP
	net          *burstNet
	size         int // bytes of a frame
	shape        shape
	up           chan struct{} // closed once it is connected
	connected    sync.Once
	key          atomic.Bool
	burstMu      sync.Mutex
	requests     atomic.Int64 // keyframe requests that came
	sent         atomic.Int64
	stamps       [2][1 << 16]atomic.Int64 // when video and audio packets were sent, by number
}

var publishers sync.Map // id -> *publisher

// sentAt is when that packet left its publisher, in ns since 1970, or 0.
func sentAt(stream, seq uint32) int64 {
	p, ok := publishers.Load(stream >> 4)
	if !ok {
		return 0
	}
	kind := 0
	if stream&15 == 15 {
		kind = 1
	}
	return p.(*publisher).stamps[kind][seq&0xffff].Load()
}

func newPublisher(id uint32, video, audio bool, bps int, shape shape) (*publisher, error) {
	n, err := stdnet.NewNet()
	if err != nil {
		return nil, err
	}
	p := &publisher{id: id, net: &burstNet{Net: n}, size: bps / 8 / fps, shape: shape, up: make(chan struct{})}
	p.key.Store(true)
	stream := fmt.Sprintf("s%d", id)
	var err1, err2 error
	if video {
		p.video, err1 = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, fmt.Sprintf("v%d", id), stream)
	}
	if audio {
		p.audio, err2 = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, fmt.Sprintf("a%d", id), stream)
	}
	publishers.Store(id, p)
	return p, errors.Join(err1, err2)
}

func (p *publisher) attach(pc *webrtc.PeerConnection) error {
	for _, t := range []*webrtc.TrackLocalStaticRTP{p.video, p.audio} {
		if t == nil {
			continue
		}
		tr, err := pc.AddTransceiverFromTrack(t, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		if err != nil {
			return err
		}
		go p.readRTCP(tr.Sender())
	}
	return nil
}

func (p *publisher) readRTCP(s *webrtc.RTPSender) {
	for {
		packets, _, err := s.ReadRTCP()
		if err != nil {
			return
		}
		for _, x := range packets {
			switch x.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				p.requests.Add(1)
				p.key.Store(true)
			}
		}
	}
}

// start sends as soon as the connection stands: what an encoder makes before that, its first keyframe, would reach nobody.
func (p *publisher) start() error {
	select {
	case <-p.up:
	case <-time.After(patience):
		return fmt.Errorf("not connected in %v", patience)
	}
	if p.video != nil {
		go p.runVideo()
	}
	if p.audio != nil {
		go p.runAudio()
	}
	return nil
}

// send writes packets as one burst and notes when they left.
func (p *publisher) send(t *webrtc.TrackLocalStaticRTP, kind int, first uint32, packets []*rtp.Packet) {
	p.burstMu.Lock()
	defer p.burstMu.Unlock()
	p.net.hold()
	for _, x := range packets {
		_ = t.WriteRTP(x)
	}
	now := nowNs()
	for i := range packets {
		p.stamps[kind][(first+uint32(i))&0xffff].Store(now)
	}
	p.net.flush()
	p.sent.Add(int64(len(packets)))
}

// runVideo sends 25 frames a second, a keyframe first and whenever one was asked for, as a browser's encoder does. What
// the pacer has not sent when the next frame is made goes before it.
func (p *publisher) runVideo() {
	began := time.Now()
	var seq uint32
	var free time.Time // when the pacer may send again
	for f := uint32(0); ; f++ {
		due := began.Add(time.Duration(f) * time.Second / fps)
		sleepUntil(due)
		key, size := p.key.Swap(false), p.size
		if key {
			size *= keyFactor
		}
		frags := vp8Frame(size, key, uint16(f&0x7fff))
		var q []*rtp.Packet
		for i, b := range frags {
			pr := probe{stream: p.id << 4, seq: seq + uint32(i), frame: f, idx: uint16(i), n: uint16(len(frags)), key: key}
			pr.put(b[probeAt(i):])
			h := rtp.Header{Version: 2, PayloadType: 96, SequenceNumber: uint16(pr.seq), Timestamp: f * (90000 / fps), Marker: i == len(frags)-1}
			q = append(q, &rtp.Packet{Header: h, Payload: b})
		}
		gap := p.shape.gap(len(q))
		if due.After(free) {
			free = due
		}
		for i := 0; i < len(q); i += p.shape.burst {
			part := q[i:min(i+p.shape.burst, len(q))]
			sleepUntil(free)
			p.send(p.video, 0, seq+uint32(i), part)
			free = free.Add(gap * time.Duration(len(part)))
		}
		seq += uint32(len(q))
	}
}

func sleepUntil(at time.Time) {
	if d := time.Until(at); d > 0 {
		time.Sleep(d)
	}
}

func (p *publisher) runAudio() {
	tick := time.NewTicker(20 * time.Millisecond)
	for i := uint32(0); ; i++ {
		<-tick.C
		body := append([]byte(nil), filler[i%1000:i%1000+audioBody]...)
		body[0] = 0xf8 // CELT full band, 20 ms, mono, one frame
		pr := probe{stream: p.id<<4 | 15, seq: i, frame: i, n: 1}
		pr.put(body[1:])
		h := rtp.Header{Version: 2, PayloadType: 111, SequenceNumber: uint16(i), Timestamp: i * 960, Marker: i == 0}
		p.send(p.audio, 1, i, []*rtp.Packet{{Header: h, Payload: body}})
	}
}
