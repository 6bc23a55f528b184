package main

import "time"

// shape is how a publisher's video packets leave.
type shape struct {
	burst int           // packets in one system call
	each  time.Duration // between the beginnings of two packets; 0: a frame takes burstSpan, whatever its length
}

const (
	// pacingFactor is how much faster than its target rate WebRTC's pacer sends.
	pacingFactor = 2.5
	// burstSpan is the span over which the bursts of a frame are spread.
	burstSpan = 30 * time.Millisecond
	burstSize = 5
)

// shapeOf is the shape of that name for a camera of so many bit/s: `burst`, or `paced`, where packets leave singly, at
// the pace of WebRTC's pacer or of an uplink with as much to spare: a frame takes some 16 ms, a keyframe six times that.
func shapeOf(name string, bps int) shape {
	if name == "burst" {
		return shape{burst: burstSize}
	}
	packet := float64(fragBytes+16) * 8
	return shape{burst: 1, each: time.Duration(packet / (pacingFactor * float64(bps)) * float64(time.Second))}
}

// gap is the time from one packet of a frame of n packets to the next.
func (s shape) gap(n int) time.Duration {
	if s.each > 0 {
		return s.each
	}
	return burstSpan / time.Duration(max(n, 1))
}
