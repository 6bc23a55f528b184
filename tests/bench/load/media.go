package main

// Synthetic media: every RTP payload carries one probe record, so that a subscriber can tell loss, order and
// completeness whatever a server did to the RTP headers.

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand"
)

var probeMagic = []byte("SfuBnch1")

const (
	probeLen  = 24
	fragBytes = 1187 // frame bytes in a packet
	fps       = 25
	keyFactor = 6 // a keyframe is as long as so many other frames
	audioBody = 80
)

// probe is the record in a payload: which stream, its number, the frame, and the place in the frame.
type probe struct {
	stream uint32 // publisher << 4 | 15 for sound
	seq    uint32
	frame  uint32
	idx, n uint16
	key    bool
}

func (p *probe) put(b []byte) {
	copy(b, probeMagic)
	binary.BigEndian.PutUint32(b[8:], p.stream)
	binary.BigEndian.PutUint32(b[12:], p.seq)
	binary.BigEndian.PutUint32(b[16:], p.frame)
	b[20], b[21], b[22] = byte(p.idx), byte(p.n), 0
	if p.key {
		b[22] = 1
	}
}

func findProbe(b []byte) (p probe, ok bool) {
	i := bytes.Index(b, probeMagic)
	if i < 0 || len(b)-i < probeLen {
		return p, false
	}
	b = b[i:]
	p.stream = binary.BigEndian.Uint32(b[8:])
	p.seq = binary.BigEndian.Uint32(b[12:])
	p.frame = binary.BigEndian.Uint32(b[16:])
	p.idx, p.n, p.key = uint16(b[20]), uint16(b[21]), b[22] == 1
	return p, true
}

var filler = func() []byte {
	b := make([]byte, 256<<10)
	rand.New(rand.NewSource(1)).Read(b)
	return b
}()

// fragments are the sizes into which a frame of so many bytes is cut.
func fragments(size int) []int {
	var out []int
	for ; size > 0; size -= fragBytes {
		out = append(out, max(min(size, fragBytes), probeLen+10))
	}
	return out
}

// vp8Frame cuts one synthetic VP8 frame into RTP payloads (RFC 7741 descriptor with a 15-bit picture id, valid frame
// tag, and for keyframes the start code and size). The probe of payload i goes to probeAt(i).
func vp8Frame(size int, key bool, pictureID uint16) [][]byte {
	var out [][]byte
	off := rand.Intn(len(filler) / 2)
	for i, k := range fragments(size) {
		b := make([]byte, 4+k)
		b[0], b[1], b[2], b[3] = 0x80, 0x80, 0x80|byte(pictureID>>8), byte(pictureID)
		copy(b[4:], filler[off+i*7:])
		if i == 0 {
			b[0] |= 0x10
			tag := uint32(size/2)<<5 | 1<<4
			if !key {
				tag |= 1
			}
			b[4], b[5], b[6] = byte(tag), byte(tag>>8), byte(tag>>16)
			if key {
				copy(b[7:], []byte{0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02}) // 1280 x 720
			}
		}
		out = append(out, b)
	}
	return out
}

func probeAt(i int) int {
	if i == 0 {
		return 14
	}
	return 4
}

const histN = 4096

// hist counts times on a log scale, 1 us to a minute, some 0.5 % a step.
type hist [histN]uint32

func (h *hist) note(ns int64) {
	i := 0
	if ns >= 1000 {
		i = min(int(math.Log(float64(ns)/1000)*228), histN-1)
	}
	h[i]++
}

func (h *hist) add(o *hist) {
	for i := range o {
		h[i] += o[i]
	}
}

// ms is the quantile q in milliseconds.
func (h *hist) ms(q float64) float64 {
	var all uint64
	for _, c := range h {
		all += uint64(c)
	}
	if all == 0 {
		return math.NaN()
	}
	want, sum := uint64(q*float64(all-1)), uint64(0)
	for i, c := range h {
		if sum += uint64(c); sum > want {
			return math.Exp((float64(i)+0.5)/228) / 1000
		}
	}
	return math.NaN()
}
