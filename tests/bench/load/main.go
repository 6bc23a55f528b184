// load drives one WebRTC server with synthetic calls and prints one JSON object.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"net"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
)

type target interface {
	publish(room string, idx int, p *publisher) error
	subscribe(room string, idx int, pubs []int, s *subscriber) error
}

// call is the shape of what is measured.
type call struct {
	rooms, pubs, subs int
	video, audio      bool
	bps               int
	shape             shape
	secs, warm        float64
	joining           int
	gap               time.Duration
}

// tracks is how many each subscriber receives.
func (c call) tracks() (n int) {
	for _, on := range []bool{c.video, c.audio} {
		if on {
			n += c.pubs
		}
	}
	return
}

// rate is how many packets all publishers should send in a second, keyframes apart.
func (c call) rate() (n float64) {
	if c.video {
		n += float64(fps * len(fragments(c.bps/8/fps)))
	}
	if c.audio {
		n += 50
	}
	return n * float64(c.rooms*c.pubs)
}

func logf(f string, a ...any) { fmt.Fprintf(os.Stderr, f+"\n", a...) }

func round(v float64, n int) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	k := math.Pow10(n)
	return math.Round(v*k) / k
}

func quantiles(v []float64, digits int) []any {
	sort.Float64s(v)
	out := []any{nil, nil, nil}
	for i, q := range []float64{.5, .95, .99} {
		if len(v) > 0 {
			out[i] = round(v[int(q*float64(len(v)-1)+0.5)], digits)
		}
	}
	return out
}

func delays(h *hist) []any {
	return []any{round(h.ms(.5), 3), round(h.ms(.95), 3), round(h.ms(.99), 3)}
}

func main() {
	var c call
	kind := flag.String("kind", "livekit", "livekit | janus | galene | floor")
	url := flag.String("url", "", "address of the signalling")
	key := flag.String("key", "devkey:0123456789abcdef0123456789abcdef", "livekit: name and secret of the API key")
	program := flag.String("floor", "", "floor: the program that seals and sends")
	segmented := flag.Bool("segmented", true, "floor: with segmentation offload")
	ip := flag.String("ip", "127.0.0.1", "local address to gather candidates on")
	pid := flag.Int("pid", 0, "server process, for its CPU and memory")
	flag.IntVar(&c.rooms, "rooms", 1, "rooms")
	flag.IntVar(&c.pubs, "pubs", 1, "publishers in each room")
	flag.IntVar(&c.subs, "subs", 10, "subscribers in each room, each to every publisher")
	flag.BoolVar(&c.video, "video", true, "send video")
	flag.BoolVar(&c.audio, "audio", true, "send audio")
	flag.IntVar(&c.bps, "bps", 1500000, "video bit/s")
	shapeName := flag.String("shape", "paced", "how a publisher's packets leave: paced | burst")
	flag.Float64Var(&c.secs, "secs", 8, "measured window")
	flag.Float64Var(&c.warm, "warm", 2, "pause between the last join and the window")
	flag.IntVar(&c.joining, "joining", 4, "joins under way at once")
	flag.DurationVar(&c.gap, "join-gap", 20*time.Millisecond, "pause between joins")
	strangers := flag.String("hostile", "", "also send hostile datagrams to this UDP address during the call; port 0: a port of the server's")
	count := flag.Int("count", 90000, "datagrams for -hostile")
	floorBurst := flag.Int("floor-burst", 0, "floor: packets sent at once; 0: as the publisher sends them")
	flag.Parse()
	c.shape = shapeOf(*shapeName, c.bps)
	localIP = net.ParseIP(*ip)
	var t target
	switch *kind {
	case "livekit":
		name, secret, _ := strings.Cut(*key, ":")
		t = &livekit{*url, name, secret}
	case "galene":
		t = &galene{*url}
	case "janus":
		t = &janus{base: *url, rooms: map[string]int{}}
	}
	var res object
	err := errors.New("unknown kind " + *kind)
	if *kind == "floor" {
		res, err = floor(*program, *segmented, *floorBurst, c)
	} else if t != nil {
		res, err = run(t, c, *pid, func() (object, error) {
			if *strangers == "" {
				return nil, nil
			}
			return sendHostile(portOf(*strangers, *pid), *count, *pid)
		})
	}
	if err != nil {
		res = object{"error": err.Error()}
	}
	_ = json.NewEncoder(os.Stdout).Encode(res)
	if err != nil {
		os.Exit(1)
	}
}

func roomName(r int) string { return fmt.Sprintf("bench%d", r) }

// publish starts every publisher of the call.
func publish(t target, c call) (ps []*publisher, err error) {
	for r := range c.rooms {
		for i := range c.pubs {
			p, err := newPublisher(uint32(len(ps)+1), c.video, c.audio, c.bps, c.shape)
			if err == nil {
				err = t.publish(roomName(r), i, p)
			}
			if err != nil {
				return ps, fmt.Errorf("publish: %w", err)
			}
			if err := p.start(); err != nil {
				return ps, fmt.Errorf("publish: %w", err)
			}
			ps = append(ps, p)
		}
	}
	return ps, nil
}

// join lets every subscriber in, a few at a time, spread over the rooms.
func join(t target, c call) (all []*subscriber, failed int, why error) {
	var indices []int
	for i := range c.pubs {
		indices = append(indices, i)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan bool, c.joining)
	for i := range c.subs {
		for r := range c.rooms {
			slots <- true
			wg.Add(1)
			s := newSubscriber(c.tracks())
			all = append(all, s)
			go func() {
				defer wg.Done()
				s.began = nowNs()
				if err := t.subscribe(roomName(r), i, indices, s); err != nil {
					mu.Lock()
					failed, why = failed+1, err
					mu.Unlock()
				}
				<-slots
			}()
			time.Sleep(c.gap)
		}
	}
	wg.Wait()
	return
}

// spent is what had been used up at one moment.
type spent struct {
	server, self, busy, total float64
	requests, sent            int64
	mine, others              int64
	at                        int64
}

func now(procs []int, ps []*publisher) (s spent) {
	s.busy, s.total = cpuTotals()
	s.mine, s.others = dropped()
	for _, p := range ps {
		s.requests += p.requests.Load()
		s.sent += p.sent.Load()
	}
	s.self, s.at, s.server = selfCPU(), nowNs(), cpuOf(procs)
	return
}

func run(t target, c call, pid int, extra func() (object, error)) (object, error) {
	procs := family(pid)
	ps, err := publish(t, c)
	if err != nil {
		return nil, err
	}
	time.Sleep(1500 * time.Millisecond)
	rss0, j0 := rssKB(procs), now(procs, ps)
	all, failed, why := join(t, c)
	time.Sleep(time.Duration(c.warm * float64(time.Second)))
	w0 := now(procs, ps)
	window.from.Store(w0.at)
	time.Sleep(time.Duration(c.secs * float64(time.Second)))
	w1 := now(procs, ps)
	window.until.Store(w1.at)
	rss1 := rssKB(procs)
	time.Sleep(5 * lazyEvery)
	var sum tally
	for _, s := range all {
		sum.take(s)
	}
	res := report(c, &sum, len(all), j0, w0, w1)
	res["join_errors"], res["rss_mb"], res["rss_kb_per_sub"] = failed, round(float64(rss1)/1024, 1), round(float64(rss1-rss0)/float64(len(all)), 1)
	if why != nil {
		res["first_join_error"] = why.Error()
	}
	more, err := extra()
	if more != nil {
		res["hostile"] = more
	}
	return res, err
}

func report(c call, t *tally, subs int, j0, w0, w1 spent) object {
	wall, cpu, pkts := float64(w1.at-w0.at)/1e9, w1.server-w0.server, float64(t.pkts)
	return object{
		"wall_s": round(wall, 2), "load": loadAvg(), "host_busy_pct": round((w1.busy-w0.busy)/(w1.total-w0.total)*100, 0),
		"sent_short_pct": round(100*(1-float64(w1.sent-w0.sent)/wall/c.rate()), 1), "sent_pps": round(float64(w1.sent-w0.sent)/wall, 0), "fwd_pkts": t.pkts, "fwd_pps": round(pkts/wall, 0), "fwd_mbps": round(float64(t.bytes)*8/wall/1e6, 1),
		"server_core_pct": round(cpu/wall*100, 1), "us_per_pkt": round(cpu*1e6/pkts, 3),
		// Joining costs what was spent until the window, less what forwarding cost meanwhile.
		"join_cpu_ms":  round((w0.server-j0.server-float64(t.pre)*cpu/pkts)*1000/float64(subs), 2),
		"gen_core_pct": round((w1.self-w0.self)/wall*100, 1), "generator_dropped": w1.mine - w0.mine, "server_dropped": w1.others - w0.others,
		"loss_pct": round(100*(1-float64(t.got)/math.Max(1, float64(t.want))), 4), "ooo": t.ooo,
		"opened": t.opened, "refused": t.refused, "tracks": t.tracks, "tracks_silent": c.tracks()*subs - t.tracks,
		"delay_ms": delays(&t.video), "audio_delay_ms": delays(&t.audio),
		"first_rtp_ms": quantiles(t.firstRTP, 1), "first_key_ms": quantiles(t.firstKey, 1), "whole_key_ms": quantiles(t.key, 1),
		"joiners": subs, "keyframe_requests": w0.requests - j0.requests, "keyframe_requests_later": w1.requests - w0.requests,
	}
}
