package main

// The machine's own floor: a program that does nothing but seal and send the same bursts to the same kind of sockets.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// floor lets program send to sockets of ours and counts what comes.
func floor(program string, segmented bool, burst int, c call) (object, error) {
	type source struct {
		To    []string `json:"to"`
		Video []int    `json:"video"`
		Audio int      `json:"audio"`
	}
	if burst == 0 {
		burst = c.shape.burst
	}
	var sources []source
	var all []*subscriber
	for range c.rooms {
		var to []string
		for range c.subs {
			s := newSubscriber(0)
			s.lazy.Store(true)
			k, err := listen(localIP, s, &srtpKeys{})
			if err != nil {
				return nil, err
			}
			go k.drain()
			all, to = append(all, s), append(to, k.local.String())
		}
		for range c.pubs {
			one := source{To: to}
			if c.video {
				for _, n := range fragments(c.bps / 8 / fps) {
					one.Video = append(one.Video, 12+4+n)
				}
			}
			if c.audio {
				one.Audio = 12 + audioBody
			}
			sources = append(sources, one)
		}
	}
	plan, err := json.Marshal(object{"from": localIP.String(), "sources": sources, "burst": burst, "gap_us": c.shape.gap(len(fragments(c.bps / 8 / fps))).Microseconds(), "segmented": segmented, "secs": c.secs})
	if err != nil {
		return nil, err
	}
	window.from.Store(nowNs())
	cmd := exec.Command(program)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(plan), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("floor: %w", err)
	}
	var said struct {
		Warming, Packets, CpuNs, Secs float64
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return nil, err
	}
	var t tally
	for _, s := range all {
		t.take(s)
	}
	mine, _ := dropped()
	return object{"fwd_pkts": said.Packets, "fwd_pps": round(said.Packets/said.Secs, 0), "us_per_pkt": round(said.CpuNs/1000/said.Packets, 3),
		"loss_pct": round(100*(1-float64(t.pkts)/(said.Warming+said.Packets)), 4), "generator_dropped": mine, "wall_s": said.Secs, "load": loadAvg()}, nil
}

// drain reads until the socket is closed.
func (c *socket) drain() {
	b := make([]byte, 2048)
	for {
		if _, _, err := c.ReadFrom(b); err != nil {
			return
		}
	}
}
