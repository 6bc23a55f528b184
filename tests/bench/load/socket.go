package main

// Sockets under Pion. A subscriber's socket takes RTP away before Pion sees it, because Pion's whole path costs ten
// times what is needed to count a packet; a publisher's gathers a burst and sends it in one system call, so that it
// reaches the server as a line would bring it.

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

const (
	// A listener whose picture has come empties its socket so often; the kernel's time stamps keep the delay true.
	lazyEvery = 20 * time.Millisecond
	// Room for what a keyframe to a full room piles up meanwhile, in bytes.
	kernelBuffer = 2 << 20
)

// subscriberNet gives a connection sockets that keep RTP for s.
type subscriberNet struct {
	*stdnet.Net
	s    *subscriber
	keys *srtpKeys
}

func (n *subscriberNet) ListenUDP(_ string, l *net.UDPAddr) (transport.UDPConn, error) {
	return listen(l.IP, n.s, n.keys)
}

// socket is a UDP socket outside of Go's poller: a packet that nobody waits for wakes nobody.
type socket struct {
	fd     int
	local  *net.UDPAddr
	s      *subscriber
	keys   *srtpKeys
	closed atomic.Bool
}

func listen(ip net.IP, s *subscriber, keys *srtpKeys) (*socket, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	a := &unix.SockaddrInet4{}
	copy(a.Addr[:], ip.To4())
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, kernelBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, kernelBuffer)
	}
	err = errors.Join(
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100000}),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.Bind(fd, a))
	if err != nil {
		return nil, err
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return nil, err
	}
	in, _ := name.(*unix.SockaddrInet4)
	return &socket{fd: fd, local: &net.UDPAddr{IP: append(net.IP(nil), in.Addr[:]...), Port: in.Port}, s: s, keys: keys}, nil
}

// ReadFrom answers what is not RTP.
func (c *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	var oob [64]byte
	for !c.closed.Load() {
		flags := 0
		if c.s.lazy.Load() {
			flags = unix.MSG_DONTWAIT
		}
		n, oobn, _, from, err := unix.Recvmsg(c.fd, b, oob[:], flags)
		if err != nil {
			if flags != 0 && err == unix.EAGAIN {
				time.Sleep(lazyEvery)
			}
			continue
		}
		if n > 12 && b[0]&0xc0 == 0x80 && (b[1] < 192 || b[1] > 223) {
			c.s.rtp(c.keys, b[:n], arrival(oob[:oobn]))
			continue
		}
		if n > 13 && b[0] == 22 {
			c.keys.datagram(b[:n])
		}
		if in, ok := from.(*unix.SockaddrInet4); ok {
			return n, &net.UDPAddr{IP: append(net.IP(nil), in.Addr[:]...), Port: in.Port}, nil
		}
	}
	_ = unix.Close(c.fd)
	return 0, nil, net.ErrClosed
}

// arrival is the kernel's time stamp, in ns since 1970.
func arrival(oob []byte) int64 {
	if len(oob) < 32 {
		return nowNs()
	}
	return int64(binary.NativeEndian.Uint64(oob[16:]))*1e9 + int64(binary.NativeEndian.Uint64(oob[24:]))
}

func (c *socket) WriteTo(b []byte, to net.Addr) (int, error) {
	u, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	a := &unix.SockaddrInet4{Port: u.Port}
	copy(a.Addr[:], u.IP.To4())
	return len(b), unix.Sendto(c.fd, b, 0, a)
}

func (c *socket) Close() error                     { c.closed.Store(true); return nil }
func (c *socket) LocalAddr() net.Addr              { return c.local }
func (c *socket) RemoteAddr() net.Addr             { return nil }
func (c *socket) SetDeadline(time.Time) error      { return nil }
func (c *socket) SetReadDeadline(time.Time) error  { return nil }
func (c *socket) SetWriteDeadline(time.Time) error { return nil }
func (c *socket) SetReadBuffer(int) error          { return nil }
func (c *socket) SetWriteBuffer(int) error         { return nil }
func (c *socket) Read([]byte) (int, error)         { return 0, errors.ErrUnsupported }
func (c *socket) Write([]byte) (int, error)        { return 0, errors.ErrUnsupported }
func (c *socket) ReadFromUDP([]byte) (int, *net.UDPAddr, error) {
	return 0, nil, errors.ErrUnsupported
}
func (c *socket) ReadMsgUDP(_, _ []byte) (int, int, int, *net.UDPAddr, error) {
	return 0, 0, 0, nil, errors.ErrUnsupported
}
func (c *socket) WriteToUDP(b []byte, to *net.UDPAddr) (int, error) { return c.WriteTo(b, to) }
func (c *socket) WriteMsgUDP(_, _ []byte, _ *net.UDPAddr) (int, int, error) {
	return 0, 0, errors.ErrUnsupported
}

// burstNet gives Pion sockets that can hold RTP back.
type burstNet struct {
	*stdnet.Net
	mu    sync.Mutex
	conns []*burstConn
}

func (n *burstNet) ListenUDP(network string, l *net.UDPAddr) (transport.UDPConn, error) {
	c, err := net.ListenUDP(network, l)
	if err != nil {
		return nil, err
	}
	b := &burstConn{UDPConn: c, batch: ipv4.NewPacketConn(c)}
	n.mu.Lock()
	n.conns = append(n.conns, b)
	n.mu.Unlock()
	return b, nil
}

// hold keeps RTP until flush.
func (n *burstNet) hold() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.conns {
		c.holding.Store(true)
	}
}

func (n *burstNet) flush() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.conns {
		c.holding.Store(false)
		c.mu.Lock()
		for q := c.queue; len(q) > 0; {
			k, err := c.batch.WriteBatch(q, 0)
			if err != nil {
				break
			}
			q = q[k:]
		}
		c.queue = c.queue[:0]
		c.mu.Unlock()
	}
}

type burstConn struct {
	*net.UDPConn
	batch   *ipv4.PacketConn
	holding atomic.Bool
	mu      sync.Mutex
	queue   []ipv4.Message
}

func (c *burstConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if !c.holding.Load() || len(b) < 12 || b[0]&0xc0 != 0x80 {
		return c.UDPConn.WriteTo(b, to)
	}
	c.mu.Lock()
	c.queue = append(c.queue, ipv4.Message{Buffers: [][]byte{append([]byte(nil), b...)}, Addr: to})
	c.mu.Unlock()
	return len(b), nil
}
