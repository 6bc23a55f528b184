package main

// Janus VideoRoom: JSON over a WebSocket.

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"
)

type object = map[string]any

func inside(m object, path ...string) object {
	for _, k := range path {
		m, _ = m[k].(object)
	}
	return m
}

type janus struct {
	base  string
	mu    sync.Mutex
	rooms map[string]int
}

type janusHandle struct {
	ws              *websocket.Conn
	mu              sync.Mutex
	in              chan object
	session, handle float64
}

func (j *janus) attach() (*janusHandle, error) {
	d := websocket.Dialer{HandshakeTimeout: patience, Subprotocols: []string{"janus-protocol"}}
	ws, _, err := d.Dial(j.base, nil)
	if err != nil {
		return nil, err
	}
	h := &janusHandle{ws: ws, in: make(chan object, 256)}
	go h.read()
	made := func(dst *float64) func(object) bool {
		return func(m object) bool {
			*dst, _ = inside(m, "data")["id"].(float64)
			return m["janus"] == "success"
		}
	}
	_ = h.send(object{"janus": "create", "transaction": "c"})
	if err = h.wait("create", made(&h.session)); err != nil {
		return nil, err
	}
	_ = h.send(object{"janus": "attach", "plugin": "janus.plugin.videoroom", "transaction": "a", "session_id": h.session})
	return h, h.wait("attach", made(&h.handle))
}

func (h *janusHandle) read() {
	defer close(h.in)
	for {
		_, b, err := h.ws.ReadMessage()
		if err != nil {
			return
		}
		var m object
		if json.Unmarshal(b, &m) == nil {
			h.in <- m
		}
	}
}

func (h *janusHandle) send(m object) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ws.WriteMessage(websocket.TextMessage, b)
}

// wait reads until f accepts a message.
func (h *janusHandle) wait(what string, f func(object) bool) error {
	t := time.After(patience)
	for {
		select {
		case m, ok := <-h.in:
			if !ok {
				return fmt.Errorf("%s: connection closed", what)
			}
			if m["janus"] == "error" {
				return fmt.Errorf("%s: %v", what, m["error"])
			}
			if e := inside(m, "plugindata", "data")["error"]; e != nil {
				return fmt.Errorf("%s: %v", what, e)
			}
			if f(m) {
				return nil
			}
		case <-t:
			return fmt.Errorf("%s: no reply in 10 s", what)
		}
	}
}

func (h *janusHandle) message(body object, typ, sdp string) {
	m := object{"janus": "message", "transaction": fmt.Sprint(rand.Int63()), "session_id": h.session, "handle_id": h.handle, "body": body}
	if sdp != "" {
		m["jsep"] = object{"type": typ, "sdp": sdp}
	}
	_ = h.send(m)
}

// description waits for the SDP in a reply.
func (h *janusHandle) description(what string) (s string, err error) {
	err = h.wait(what, func(m object) bool { s, _ = inside(m, "jsep")["sdp"].(string); return s != "" })
	return
}

// idle keeps the session alive and empties the event queue.
func (h *janusHandle) idle() {
	tick := time.Tick(20 * time.Second)
	for {
		select {
		case <-tick:
			_ = h.send(object{"janus": "keepalive", "session_id": h.session, "transaction": "k"})
		case _, ok := <-h.in:
			if !ok {
				return
			}
		}
	}
}

func (j *janus) room(name string) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if id, ok := j.rooms[name]; ok {
		return id, nil
	}
	h, err := j.attach()
	if err != nil {
		return 0, err
	}
	defer h.ws.Close()
	id := 5000 + len(j.rooms)
	h.message(object{"request": "create", "room": id, "publishers": 64, "videocodec": "vp8", "audiocodec": "opus", "bitrate": 0, "notify_joining": false}, "", "")
	err = h.wait("room", func(m object) bool { return inside(m, "plugindata", "data")["videoroom"] == "created" })
	if err != nil && !strings.Contains(err.Error(), "already exists") {
		return 0, err
	}
	j.rooms[name] = id
	return id, nil
}

func (j *janus) publish(room string, idx int, p *publisher) error {
	id, err := j.room(room)
	if err != nil {
		return err
	}
	h, err := j.attach()
	if err != nil {
		return err
	}
	pc, err := p.connection()
	if err != nil {
		return err
	}
	off, err := localOffer(pc)
	if err != nil {
		return err
	}
	h.message(object{"request": "joinandconfigure", "ptype": "publisher", "room": id, "id": id*100 + idx, "audio": p.audio != nil, "video": p.video != nil}, "offer", off)
	answer, err := h.description("publish")
	if err != nil {
		return err
	}
	go h.idle()
	return setRemote(pc, webrtc.SDPTypeAnswer, answer)
}

func (j *janus) subscribe(room string, _ int, pubs []int, s *subscriber) error {
	id, err := j.room(room)
	if err != nil {
		return err
	}
	h, err := j.attach()
	if err != nil {
		return err
	}
	streams := []object{}
	for _, p := range pubs {
		streams = append(streams, object{"feed": id*100 + p})
	}
	h.message(object{"request": "join", "ptype": "subscriber", "room": id, "streams": streams}, "", "")
	off, err := h.description("subscribe")
	if err != nil {
		return err
	}
	pc, err := s.connection()
	if err != nil {
		return err
	}
	if err = setRemote(pc, webrtc.SDPTypeOffer, off); err != nil {
		return err
	}
	answer, err := localAnswer(pc)
	if err != nil {
		return err
	}
	h.message(object{"request": "start", "room": id}, "answer", answer)
	go h.idle()
	return nil
}
