package main

// Galene: JSON over a WebSocket. Every stream has a connection of its own, offered by the side that sends.

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"
)

type galene struct{ base string }

// galeneMessage is the part of a message that a publisher and a listener need.
type galeneMessage struct {
	Type      string                   `json:"type"`
	Kind      string                   `json:"kind,omitempty"`
	Version   []string                 `json:"version,omitempty"`
	ID        string                   `json:"id,omitempty"`
	Label     string                   `json:"label,omitempty"`
	Group     string                   `json:"group,omitempty"`
	Username  string                   `json:"username,omitempty"`
	Password  string                   `json:"password,omitempty"`
	Request   map[string][]string      `json:"request,omitempty"`
	SDP       string                   `json:"sdp,omitempty"`
	Candidate *webrtc.ICECandidateInit `json:"candidate,omitempty"`
	Value     json.RawMessage          `json:"value,omitempty"`
}

// galeneClient is one client of a group.
type galeneClient struct {
	ws       *websocket.Conn
	mu       sync.Mutex
	newSub   func() (*webrtc.PeerConnection, error)
	pcs      map[string]*webrtc.PeerConnection
	early    map[string][]webrtc.ICECandidateInit // came before the description
	answered chan error
	joined   chan error
}

// join enters a group, with one stream of its own that it will offer, or with a way to take those of others.
func (g *galene) join(group, who string, own *webrtc.PeerConnection, newSub func() (*webrtc.PeerConnection, error)) (*galeneClient, error) {
	ws, _, err := websocket.DefaultDialer.Dial(g.base, nil)
	if err != nil {
		return nil, err
	}
	c := &galeneClient{ws: ws, newSub: newSub, pcs: map[string]*webrtc.PeerConnection{who: own},
		early: map[string][]webrtc.ICECandidateInit{}, answered: make(chan error, 1), joined: make(chan error, 1)}
	err = errors.Join(
		c.send(galeneMessage{Type: "handshake", Version: []string{"2"}, ID: group + who}),
		c.send(galeneMessage{Type: "join", Kind: "join", Group: group, Username: who, Password: "bench"}))
	if err != nil {
		return nil, err
	}
	go c.read()
	return c, within(c.joined, "join")
}

// within waits for an outcome.
func within(done chan error, what string) error {
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		return fmt.Errorf("%s: no reply in %v", what, patience)
	}
}

func (c *galeneClient) send(m galeneMessage) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ws.WriteMessage(websocket.TextMessage, b)
}

// say tells where nobody waits.
func say(where chan error, err error) {
	select {
	case where <- err:
	default:
	}
}

func (c *galeneClient) read() {
	for {
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			say(c.joined, err)
			say(c.answered, err)
			return
		}
		var m galeneMessage
		if json.Unmarshal(b, &m) != nil {
			continue
		}
		switch m.Type {
		case "ping":
			_ = c.send(galeneMessage{Type: "pong"})
		case "joined":
			if m.Kind == "fail" {
				say(c.joined, fmt.Errorf("join refused: %s", m.Value))
			} else if m.Kind == "join" {
				say(c.joined, nil)
			}
		case "offer":
			if err := c.answer(m); err != nil {
				logf("galene, answering: %v", err)
			}
		case "answer":
			say(c.answered, c.describe(m, webrtc.SDPTypeAnswer))
		case "abort":
			say(c.answered, errors.New("the stream was refused"))
		case "ice":
			c.trickle(m)
		}
	}
}

// describe takes a description of the server's, and the candidates that came before it.
func (c *galeneClient) describe(m galeneMessage, kind webrtc.SDPType) error {
	pc := c.pcs[m.ID]
	if pc == nil {
		return fmt.Errorf("a description for stream %q, which is none of ours", m.ID)
	}
	if err := setRemote(pc, kind, m.SDP); err != nil {
		return err
	}
	for _, one := range c.early[m.ID] {
		_ = pc.AddICECandidate(one)
	}
	delete(c.early, m.ID)
	return nil
}

func (c *galeneClient) trickle(m galeneMessage) {
	if m.Candidate == nil {
		return
	}
	if pc := c.pcs[m.ID]; pc != nil && pc.RemoteDescription() != nil {
		_ = pc.AddICECandidate(*m.Candidate)
	} else {
		c.early[m.ID] = append(c.early[m.ID], *m.Candidate)
	}
}

func (c *galeneClient) answer(m galeneMessage) (err error) {
	if c.newSub == nil {
		return c.send(galeneMessage{Type: "abort", ID: m.ID})
	}
	if c.pcs[m.ID] == nil {
		if c.pcs[m.ID], err = c.newSub(); err != nil {
			return err
		}
	}
	if err = c.describe(m, webrtc.SDPTypeOffer); err != nil {
		return err
	}
	sdp, err := localAnswer(c.pcs[m.ID])
	if err != nil {
		return err
	}
	return c.send(galeneMessage{Type: "answer", ID: m.ID, SDP: sdp})
}

func (g *galene) publish(room string, idx int, p *publisher) error {
	pc, err := p.connection()
	if err != nil {
		return err
	}
	offer, err := localOffer(pc)
	if err != nil {
		return err
	}
	who := fmt.Sprintf("pub%d", idx)
	c, err := g.join(room, who, pc, nil)
	if err != nil {
		return err
	}
	if err = c.send(galeneMessage{Type: "offer", ID: who, Label: "camera", Username: who, SDP: offer}); err != nil {
		return err
	}
	return within(c.answered, "publish")
}

func (g *galene) subscribe(room string, idx int, _ []int, s *subscriber) error {
	c, err := g.join(room, fmt.Sprintf("sub%d", idx), nil, s.connection)
	if err != nil {
		return err
	}
	return c.send(galeneMessage{Type: "request", Request: map[string][]string{"": {"audio", "video"}}})
}
