package main

// The keys of a subscriber's SRTP, so that packets can be read at the socket: from the handshake's key log and the
// server's hello, by the exporter of RFC 5764 section 4.2.

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"sync"

	"github.com/pion/dtls/v3/pkg/crypto/prf"
	"github.com/pion/srtp/v3"
)

type srtpKeys struct {
	mu      sync.Mutex
	random  []byte
	profile srtp.ProtectionProfile
	context *srtp.Context
	err     error
}

// Write takes one line of the key log (NSS form): label, client random, master secret.
func (k *srtpKeys) Write(line []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f := strings.Fields(string(line))
	if len(f) != 3 || k.random == nil {
		k.err = errors.New("key log without a server hello")
		return len(line), nil
	}
	random, err1 := hex.DecodeString(f[1])
	secret, err2 := hex.DecodeString(f[2])
	if k.err = errors.Join(err1, err2); k.err == nil {
		k.context, k.err = export(k.profile, secret, random, k.random)
	}
	return len(line), nil
}

// export makes the context that opens what the server sends.
func export(profile srtp.ProtectionProfile, secret, client, server []byte) (*srtp.Context, error) {
	key, err1 := profile.KeyLen()
	salt, err2 := profile.SaltLen()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	seed := append(append([]byte("EXTRACTOR-dtls_srtp"), client...), server...)
	block, err := prf.PHash(secret, seed, 2*(key+salt), sha256.New)
	if err != nil {
		return nil, err
	}
	return srtp.CreateContext(block[key:2*key], block[2*key+salt:], profile)
}

func (k *srtpKeys) opener() *srtp.Context {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.context
}

// datagram looks for the server's hello among DTLS records (RFC 6347): its random and its SRTP profile.
func (k *srtpKeys) datagram(b []byte) {
	for len(b) >= 13 {
		end := 13 + int(binary.BigEndian.Uint16(b[11:]))
		if end > len(b) {
			return
		}
		if body := b[13:end]; b[0] == 22 && b[3] == 0 && b[4] == 0 && len(body) > 12 && body[0] == 2 {
			k.hello(body[12:])
		}
		b = b[end:]
	}
}

func (k *srtpKeys) hello(b []byte) {
	if len(b) < 35 {
		return
	}
	random := append([]byte(nil), b[2:34]...)
	b = b[34:]
	if skip := 1 + int(b[0]) + 3; len(b) >= skip+2 { // session id, suite, compression
		b = b[skip+2:]
	}
	for len(b) >= 4 {
		kind, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if len(b) < 4+n {
			return
		}
		if kind == 14 && n >= 4 {
			k.mu.Lock()
			k.random, k.profile = random, srtp.ProtectionProfile(binary.BigEndian.Uint16(b[6:]))
			k.mu.Unlock()
		}
		b = b[4+n:]
	}
}
