package main

import (
	"math/rand"
	"net"
	"time"
)

// hostileKinds are what strangers send: noise, broken STUN, DTLS and RTP.
var hostileKinds = []string{"random", "stun-truncated", "stun-bad-attributes", "stun-unknown-user", "dtls-truncated", "dtls-hello", "rtp", "rtcp", "one-byte"}

func hostile(r *rand.Rand, kind int) []byte {
	n := 64 + r.Intn(1136)
	b := make([]byte, n)
	r.Read(b)
	switch kind {
	case 1: // type and cookie right, length beyond the datagram
		b = b[:20+r.Intn(20)]
		copy(b, []byte{0, 1, 0x7f, 0xfc, 0x21, 0x12, 0xa4, 0x42})
	case 2: // length right, attributes overrun it
		b = b[:20+4*r.Intn(5)]
		copy(b, []byte{0, 1, 0, byte(len(b) - 20), 0x21, 0x12, 0xa4, 0x42})
		if len(b) >= 24 {
			copy(b[20:], []byte{0, 6, 0xff, 0xff})
		}
	case 3: // a binding request with a user name that nobody has
		b = b[:36]
		copy(b, []byte{0, 1, 0, 16, 0x21, 0x12, 0xa4, 0x42})
		copy(b[20:], []byte{0, 6, 0, 12})
		copy(b[24:], "abcdefg:hijk")
	case 4:
		b = b[:13+r.Intn(10)]
		copy(b, []byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0})
	case 5: // a record that claims a huge ClientHello
		copy(b, []byte{22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, byte((n - 13) >> 8), byte(n - 13), 1, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0})
	case 6:
		b[0], b[1] = 0x80|byte(r.Intn(64)), byte(96+r.Intn(20))
	case 7:
		b[0], b[1] = 0x81, byte(200+r.Intn(7))
	case 8:
		b = b[:1]
	}
	return b
}

// sendHostile sends count datagrams from 16 sockets, 50 every 2 ms, and tells what each cost the server beyond the
// call that goes on meanwhile.
func sendHostile(addr string, count, pid int) (object, error) {
	procs := family(pid)
	r := rand.New(rand.NewSource(3))
	var socks []net.Conn
	for range 16 {
		c, err := net.Dial("udp", addr)
		if err != nil {
			return nil, err
		}
		socks = append(socks, c)
	}
	idle := func(d time.Duration) float64 { // CPU seconds a second of what goes on anyway
		c := cpuOf(procs)
		time.Sleep(d)
		return (cpuOf(procs) - c) / d.Seconds()
	}
	rss := rssKB(procs)
	_, lost := dropped()
	var total float64
	sent, kinds := 0, object{}
	for k, name := range hostileKinds {
		n := count / len(hostileKinds)
		ready := make([][]byte, n)
		for i := range ready {
			ready[i] = hostile(r, k)
		}
		before := idle(500 * time.Millisecond)
		c0, t0 := cpuOf(procs), time.Now()
		for i, b := range ready {
			if _, err := socks[r.Intn(len(socks))].Write(b); err == nil {
				sent++
			}
			if i%50 == 49 {
				time.Sleep(2 * time.Millisecond)
			}
		}
		time.Sleep(200 * time.Millisecond)
		cost, took := cpuOf(procs)-c0, time.Since(t0).Seconds()
		before = (before + idle(500*time.Millisecond)) / 2
		cost -= before * took
		total += cost
		kinds[name] = round(cost*1e6/float64(n), 2)
	}
	_, lost1 := dropped()
	alive := pid != 0 && rssKB(procs[:1]) > 0
	return object{"sent": sent, "us_per_datagram": round(total*1e6/float64(max(1, int64(sent)-(lost1-lost))), 2), "us_by_kind": kinds, "not_read": lost1 - lost,
		"rss_grown_mb": round(float64(rssKB(procs)-rss)/1024, 1), "alive": alive, "load": loadAvg()}, nil
}
