package main

// LiveKit's signalling, hand-encoded with protowire: only the messages that a publisher and an auto-subscribing
// participant need. Our gateway speaks it too.

import (
	"encoding/json"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"
	"google.golang.org/protobuf/encoding/protowire"
)

const patience = 10 * time.Second

type livekit struct{ base, key, secret string }

type message []byte

func (b message) str(n protowire.Number, v string) message {
	return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), v)
}
func (b message) num(n protowire.Number, v uint64) message {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}
func (b message) msg(n protowire.Number, v message) message {
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), v)
}

// fields calls f for every field of a message that is bytes or a number.
func fields(b []byte, f func(n protowire.Number, v []byte, u uint64)) {
	for len(b) > 0 {
		n, t, k := protowire.ConsumeTag(b)
		if k < 0 {
			return
		}
		b = b[k:]
		var v []byte
		var u uint64
		switch t {
		case protowire.BytesType:
			v, k = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			u, k = protowire.ConsumeVarint(b)
		default:
			k = protowire.ConsumeFieldValue(n, t, b)
		}
		if k < 0 {
			return
		}
		if t == protowire.BytesType || t == protowire.VarintType {
			f(n, v, u)
		}
		b = b[k:]
	}
}

// sides of a participant, as LiveKit's SignalTarget counts them.
const (
	publishing  = 0
	subscribing = 1
)

type participant struct {
	ws        *websocket.Conn
	mu        sync.Mutex
	pc        [2]*webrtc.PeerConnection
	early     [2][]webrtc.ICECandidateInit
	remote    [2]bool
	joined    chan struct{}
	published chan string
	answered  chan error
	newSub    func() (*webrtc.PeerConnection, error)
	fail      chan error
}

func (l *livekit) dial(room, who string, autoSub bool, newSub func() (*webrtc.PeerConnection, error)) (*participant, error) {
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": l.key, "sub": who, "nbf": time.Now().Add(-time.Minute).Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		"video": map[string]any{"room": room, "roomJoin": true, "canPublish": true, "canSubscribe": true},
	}).SignedString([]byte(l.secret))
	if err != nil {
		return nil, err
	}
	q := url.Values{"access_token": {token}, "protocol": {"12"}, "sdk": {"go"}, "version": {"2.0.0"}, "auto_subscribe": {"0"}, "adaptive_stream": {"0"}}
	if autoSub {
		q.Set("auto_subscribe", "1")
	}
	ws, _, err := websocket.DefaultDialer.Dial(l.base+"/rtc?"+q.Encode(), nil)
	if err != nil {
		return nil, err
	}
	c := &participant{ws: ws, joined: make(chan struct{}), published: make(chan string, 8), answered: make(chan error, 1), newSub: newSub, fail: make(chan error, 1)}
	go c.read()
	select {
	case <-c.joined:
	case err = <-c.fail:
		return nil, err
	case <-time.After(patience):
		return nil, fmt.Errorf("no join reply")
	}
	go c.ping()
	return c, nil
}

func (c *participant) ping() {
	for range time.Tick(4 * time.Second) {
		_ = c.send(message(nil).msg(16, message(nil).num(1, uint64(time.Now().UnixMilli()))))
	}
}

func (c *participant) send(b message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ws.WriteMessage(websocket.BinaryMessage, b)
}

func (c *participant) read() {
	for {
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			select {
			case c.fail <- err:
			default:
			}
			return
		}
		fields(b, func(n protowire.Number, v []byte, _ uint64) {
			switch n {
			case 1: // join
				close(c.joined)
			case 2: // answer for the publishing connection
				s, _ := description(v)
				err := setRemote(c.pc[publishing], webrtc.SDPTypeAnswer, s)
				c.flush(publishing)
				c.answered <- err
			case 3: // offer for the subscribing connection
				if err := c.answer(description(v)); err != nil {
					logf("subscriber's answer: %v", err)
				}
			case 4:
				c.trickle(v)
			case 6: // track published
				fields(v, func(n protowire.Number, v []byte, _ uint64) {
					if n == 1 {
						c.published <- string(v)
					}
				})
			}
		})
	}
}

func (c *participant) trickle(v []byte) {
	var cand webrtc.ICECandidateInit
	side := publishing
	fields(v, func(n protowire.Number, v []byte, u uint64) {
		if n == 1 {
			_ = json.Unmarshal(v, &cand)
		} else if n == 2 {
			side = int(u & 1)
		}
	})
	if c.remote[side] {
		_ = c.pc[side].AddICECandidate(cand)
	} else {
		c.early[side] = append(c.early[side], cand)
	}
}

func (c *participant) flush(side int) {
	c.remote[side] = true
	for _, x := range c.early[side] {
		_ = c.pc[side].AddICECandidate(x)
	}
	c.early[side] = nil
}

func description(b []byte) (sdp string, id uint64) {
	fields(b, func(n protowire.Number, v []byte, u uint64) {
		switch n {
		case 2:
			sdp = string(v)
		case 3:
			id = u
		}
	})
	return
}

func (c *participant) answer(s string, id uint64) (err error) {
	if c.pc[subscribing] == nil {
		if c.pc[subscribing], err = c.newSub(); err != nil {
			return err
		}
	}
	if err = setRemote(c.pc[subscribing], webrtc.SDPTypeOffer, s); err != nil {
		return err
	}
	c.flush(subscribing)
	a, err := localAnswer(c.pc[subscribing])
	if err != nil {
		return err
	}
	return c.send(message(nil).msg(2, message(nil).str(1, "answer").str(2, a).num(3, id)))
}

func (l *livekit) publish(room string, idx int, p *publisher) error {
	c, err := l.dial(room, fmt.Sprintf("pub%d", idx), false, newSubscriber(0).connection)
	if err != nil {
		return err
	}
	pc, err := p.connection()
	if err != nil {
		return err
	}
	c.pc[publishing] = pc
	want := 0
	if p.video != nil { // 720p in one layer
		m := message(nil).str(1, p.video.ID()).str(2, "v").num(3, 1).num(4, 1280).num(5, 720).num(8, 1)
		m = m.msg(9, message(nil).num(1, 2).num(2, 1280).num(3, 720).num(4, 1500000))
		if err = c.send(message(nil).msg(4, m)); err != nil {
			return err
		}
		want++
	}
	if p.audio != nil {
		if err = c.send(message(nil).msg(4, message(nil).str(1, p.audio.ID()).str(2, "a").num(3, 0).num(8, 2).num(13, 1))); err != nil {
			return err
		}
		want++
	}
	for ; want > 0; want-- {
		select {
		case <-c.published:
		case <-time.After(patience):
			return fmt.Errorf("track not published")
		}
	}
	off, err := localOffer(pc)
	if err != nil {
		return err
	}
	if err = c.send(message(nil).msg(1, message(nil).str(1, "offer").str(2, off).num(3, 1))); err != nil {
		return err
	}
	select {
	case err = <-c.answered:
		return err
	case <-time.After(patience):
		return fmt.Errorf("no answer")
	}
}

func (l *livekit) subscribe(room string, idx int, _ []int, s *subscriber) error {
	_, err := l.dial(room, fmt.Sprintf("sub%d", idx), true, s.connection)
	return err
}
