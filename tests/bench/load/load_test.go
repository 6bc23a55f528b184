package main

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// tapped shows every datagram that arrives to keys before the handshake reads it.
type tapped struct {
	net.PacketConn
	keys *srtpKeys
}

func (c tapped) ReadFrom(b []byte) (int, net.Addr, error) {
	n, a, err := c.PacketConn.ReadFrom(b)
	c.keys.datagram(b[:max(n, 0)])
	return n, a, err
}

func listenUDP(t *testing.T) *net.UDPConn {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// connect makes one real handshake and answers the context with which the server seals.
func connect(t *testing.T, keys *srtpKeys) *srtp.Context {
	cert, err := selfsign.GenerateSelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	a, b := listenUDP(t), listenUDP(t)
	config := func() *dtls.Config {
		return &dtls.Config{Certificates: []tls.Certificate{cert}, InsecureSkipVerify: true,
			CipherSuites:           []dtls.CipherSuiteID{dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
			SRTPProtectionProfiles: []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM}}
	}
	done := make(chan []byte, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	go func() {
		defer close(done)
		s, err := dtls.Server(b, a.LocalAddr(), config())
		if err != nil || s.HandshakeContext(ctx) != nil {
			return
		}
		state, _ := s.ConnectionState()
		material, _ := state.ExportKeyingMaterial("EXTRACTOR-dtls_srtp", nil, 56)
		done <- material
	}()
	c := config()
	c.KeyLogWriter = keys
	client, err := dtls.Client(tapped{a, keys}, b.LocalAddr(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.HandshakeContext(ctx); err != nil {
		t.Fatal(err)
	}
	m := <-done
	if len(m) != 56 {
		t.Fatal("the server did not finish")
	}
	sealer, err := srtp.CreateContext(m[16:32], m[44:56], srtp.ProtectionProfileAeadAes128Gcm)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

func TestKeysFromTheHandshakeOpenWhatTheServerSeals(t *testing.T) {
	s, keys := newSubscriber(1), &srtpKeys{}
	sealer := connect(t, keys)
	if keys.err != nil {
		t.Fatal(keys.err)
	}
	send := func(seq uint16, frame uint32, idx, n uint16, key bool) {
		body := make([]byte, 200)
		(&probe{stream: 1 << 4, seq: uint32(seq), frame: frame, idx: idx, n: n, key: key}).put(body[4:])
		p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 96, SequenceNumber: seq, SSRC: 9}, Payload: body}
		plain, _ := p.Marshal()
		sealed, err := sealer.EncryptRTP(nil, plain, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.rtp(keys, sealed, int64(1000+seq))
	}
	window.from.Store(1)
	defer window.from.Store(0)
	send(1, 0, 0, 2, true)
	send(2, 0, 1, 2, true)
	f := s.flows[9]
	if f.refused != 0 || f.opened != 2 || !f.video || f.firstKey != 1001 || f.whole != 1002 {
		t.Fatalf("%+v", f)
	}
	if !s.lazy.Load() {
		t.Fatal("the picture stands, so the socket may be read lazily")
	}
	for seq := uint16(3); seq <= 82; seq++ {
		if seq != 40 { // one is lost
			send(seq, uint32(seq), 0, 1, false)
		}
	}
	var sum tally
	sum.take(s)
	if sum.want-sum.got != 1 || sum.pkts != 81 {
		t.Fatalf("want %d got %d of %d packets", sum.want, sum.got, sum.pkts)
	}
	if opened := f.opened; opened > 15 {
		t.Fatalf("%d packets were opened, one in eight is due", opened)
	}
	s.rtp(keys, []byte{0x80, 96, 0, 83, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3}, 1083)
	f.counted = sampleEvery - 1
	s.rtp(keys, []byte{0x80, 96, 0, 84, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}, 1084)
	if f.refused != 1 {
		t.Fatal("a packet that does not open must be counted")
	}
}

func TestAFrameIsCutAsTheFloorIsTold(t *testing.T) {
	for _, size := range []int{1, 1187, 1188, 7500} {
		frame := vp8Frame(size, true, 1)
		want := fragments(size)
		if len(frame) != len(want) {
			t.Fatalf("%d: %d packets, not %d", size, len(frame), len(want))
		}
		for i, b := range frame {
			if len(b) != want[i]+4 {
				t.Fatalf("%d: packet %d has %d bytes", size, i, len(b))
			}
		}
	}
}

func TestTheTwoSidesOfADelayUseOneClock(t *testing.T) {
	s := newSubscriber(0)
	c, err := listen(net.IPv4(127, 0, 0, 1), s, &srtpKeys{})
	if err != nil {
		t.Fatal(err)
	}
	out := listenUDP(t)
	before := nowNs()
	packet := append([]byte{0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5}, make([]byte, 40)...)
	_, _ = out.WriteTo(packet, c.local)
	_, _ = out.WriteTo([]byte("not RTP"), c.local)
	n, _, err := c.ReadFrom(make([]byte, 100))
	if err != nil || n != 7 {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if at := s.flows[5].firstRTP; at < before || at > nowNs() {
		t.Fatalf("stamped %d ns after it was sent", at-before)
	}
}

func TestAPacedFrameTakesAShareOfItsIntervalAndAKeyframeLonger(t *testing.T) {
	paced, burst := shapeOf("paced", 1500000), shapeOf("burst", 1500000)
	frame, key := len(fragments(7500)), len(fragments(7500*keyFactor))
	if paced.burst != 1 || burst.burst != burstSize {
		t.Fatalf("%d and %d packets at once", paced.burst, burst.burst)
	}
	took := paced.gap(frame) * time.Duration(frame)
	if took < 12*time.Millisecond || took > 20*time.Millisecond {
		t.Fatalf("a paced frame takes %v", took)
	}
	if all := paced.gap(key) * time.Duration(key); all < 5*took || all > 6*took {
		t.Fatalf("a paced keyframe takes %v, a frame %v", all, took)
	}
	if burst.gap(frame)*time.Duration(frame) > burstSpan || burst.gap(key)*time.Duration(key) > burstSpan {
		t.Fatal("a frame in bursts takes 30 ms, of whatever length it is")
	}
}
