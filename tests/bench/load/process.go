package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// cpuOf is the CPU time of a process and its present descendants, in seconds, from each
// process's CPU clock (nanosecond steps, dead threads included).
func cpuOf(pids []int) float64 {
	var t float64
	for _, p := range pids {
		var ts unix.Timespec
		if unix.ClockGettime(int32(^p<<3|2), &ts) == nil {
			t += float64(ts.Sec) + float64(ts.Nsec)/1e9
		}
	}
	return t
}

func rssKB(pids []int) (kb int) {
	for _, p := range pids {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p))
		for _, l := range strings.Split(string(b), "\n") {
			if strings.HasPrefix(l, "VmRSS:") {
				n, _ := strconv.Atoi(strings.Fields(l)[1])
				kb += n
			}
		}
	}
	return
}

// family lists pid and its descendants.
func family(pid int) []int {
	if pid == 0 {
		return nil
	}
	kids := map[int][]int{}
	ds, _ := os.ReadDir("/proc")
	for _, d := range ds {
		n, err := strconv.Atoi(d.Name())
		if err != nil {
			continue
		}
		b, _ := os.ReadFile("/proc/" + d.Name() + "/stat")
		_, rest, ok := strings.Cut(string(b), ") ")
		if f := strings.Fields(rest); ok && len(f) > 1 {
			pp, _ := strconv.Atoi(f[1])
			kids[pp] = append(kids[pp], n)
		}
	}
	out := []int{pid}
	for i := 0; i < len(out); i++ {
		out = append(out, kids[out[i]]...)
	}
	return out
}

func selfCPU() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Sec+r.Stime.Sec) + float64(r.Utime.Usec+r.Stime.Usec)/1e6
}

func loadAvg() float64 {
	b, _ := os.ReadFile("/proc/loadavg")
	f, _, _ := strings.Cut(string(b), " ")
	v, _ := strconv.ParseFloat(f, 64)
	return v
}

// hostBusy is the share of both cores that was busy over d.
func cpuTotals() (busy, total float64) {
	b, _ := os.ReadFile("/proc/stat")
	l, _, _ := strings.Cut(string(b), "\n")
	for i, f := range strings.Fields(l)[1:] {
		v, _ := strconv.ParseFloat(f, 64)
		if i > 7 {
			break
		}
		total += v
		if i != 3 && i != 4 {
			busy += v
		}
	}
	return
}

// nowNs is the kernel's wall clock, the one that stamps arriving packets.
func nowNs() int64 { return time.Now().UnixNano() }

// dropped counts datagrams that the sockets of this process (mine) and of all others in the namespace had no room for.
func dropped() (mine, others int64) {
	own := map[string]bool{}
	fds, _ := os.ReadDir("/proc/self/fd")
	for _, d := range fds {
		l, _ := os.Readlink("/proc/self/fd/" + d.Name())
		if n, ok := strings.CutPrefix(l, "socket:["); ok {
			own[strings.TrimSuffix(n, "]")] = true
		}
	}
	b, _ := os.ReadFile("/proc/self/net/udp")
	for _, l := range strings.Split(string(b), "\n") {
		f := strings.Fields(l)
		if len(f) < 13 || f[0] == "sl" {
			continue
		}
		n, _ := strconv.ParseInt(f[12], 10, 64)
		if own[f[9]] {
			mine += n
		} else {
			others += n
		}
	}
	return
}

// portOf completes an address with port 0 by a port that the process listens on: some servers open one a connection.
func portOf(addr string, pid int) string {
	host, port, ok := strings.Cut(addr, ":")
	if !ok || port != "0" {
		return addr
	}
	own := map[string]bool{}
	fds, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	for _, d := range fds {
		l, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, d.Name()))
		if n, ok := strings.CutPrefix(l, "socket:["); ok {
			own[strings.TrimSuffix(n, "]")] = true
		}
	}
	b, _ := os.ReadFile("/proc/self/net/udp")
	for _, l := range strings.Split(string(b), "\n") {
		if f := strings.Fields(l); len(f) > 12 && own[f[9]] {
			_, hex, _ := strings.Cut(f[1], ":")
			n, _ := strconv.ParseUint(hex, 16, 16)
			return fmt.Sprintf("%s:%d", host, n)
		}
	}
	return addr
}
