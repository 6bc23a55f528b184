package main

// Peer connections, the same for every server.

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/sdp/v3"
	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
	"github.com/pion/webrtc/v4"
)

// localIP is where candidates are gathered.
var localIP net.IP

func mediaEngine() (*webrtc.MediaEngine, error) {
	m := &webrtc.MediaEngine{}
	fb := []webrtc.RTCPFeedback{{Type: "goog-remb"}, {Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"}}
	err := errors.Join(
		m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: fb}, PayloadType: 96}, webrtc.RTPCodecTypeVideo),
		m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=96"}, PayloadType: 97}, webrtc.RTPCodecTypeVideo),
		m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1"}, PayloadType: 111}, webrtc.RTPCodecTypeAudio),
	)
	for _, u := range []string{sdp.SDESMidURI, sdp.SDESRTPStreamIDURI, sdp.ABSSendTimeURI} {
		for _, k := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
			err = errors.Join(err, m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: u}, k))
		}
	}
	return m, err
}

func newConnection(n transport.Net, feedback bool, keys *srtpKeys) (*webrtc.PeerConnection, error) {
	m, err := mediaEngine()
	if err != nil {
		return nil, err
	}
	reg := &interceptor.Registry{}
	if feedback {
		if err := errors.Join(webrtc.ConfigureNack(m, reg), webrtc.ConfigureRTCPReports(reg), webrtc.ConfigureTWCCSender(m, reg)); err != nil {
			return nil, err
		}
	}
	se := webrtc.SettingEngine{}
	se.SetIncludeLoopbackCandidate(true)
	se.SetIPFilter(func(ip net.IP) bool { return ip.Equal(localIP) })
	se.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	se.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	se.SetReceiveMTU(1500)
	// RTP does not pass Pion here, so only checks keep a connection alive for it.
	se.SetICETimeouts(time.Minute, 2*time.Minute, 2*time.Second)
	se.SetDTLSRetransmissionInterval(50 * time.Millisecond) // libwebrtc's first time-out; Pion's own is 1 s
	// What a browser would agree on, the same for every server.
	se.SetDTLSCipherSuites(dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, dtls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
	se.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	if keys != nil {
		se.SetDTLSKeyLogWriter(keys)
	}
	se.SetNet(n)
	api := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithInterceptorRegistry(reg), webrtc.WithSettingEngine(se))
	return api.NewPeerConnection(webrtc.Configuration{})
}

// connection is a publisher's: feedback as a browser gives it.
func (p *publisher) connection() (*webrtc.PeerConnection, error) {
	pc, err := newConnection(p.net, true, nil)
	if err == nil {
		err = p.attach(pc)
		pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
			if s == webrtc.PeerConnectionStateConnected {
				p.connected.Do(func() { close(p.up) })
			}
		})
	}
	return pc, err
}

// connection is a subscriber's, its RTP taken at the socket.
func (s *subscriber) connection() (*webrtc.PeerConnection, error) {
	n, err := stdnet.NewNet()
	if err != nil {
		return nil, err
	}
	keys := &srtpKeys{}
	return newConnection(&subscriberNet{n, s, keys}, false, keys)
}

// localOffer and localAnswer set a local description whose candidates are complete.
func localOffer(pc *webrtc.PeerConnection) (string, error) {
	d, err := pc.CreateOffer(nil)
	return setLocal(pc, d, err)
}

func localAnswer(pc *webrtc.PeerConnection) (string, error) {
	d, err := pc.CreateAnswer(nil)
	return setLocal(pc, d, err)
}

func setLocal(pc *webrtc.PeerConnection, d webrtc.SessionDescription, err error) (string, error) {
	if err != nil {
		return "", err
	}
	done := webrtc.GatheringCompletePromise(pc)
	if err = pc.SetLocalDescription(d); err != nil {
		return "", err
	}
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		return "", fmt.Errorf("candidate gathering took over 5 s")
	}
	return pc.LocalDescription().SDP, nil
}

func setRemote(pc *webrtc.PeerConnection, t webrtc.SDPType, s string) error {
	return pc.SetRemoteDescription(webrtc.SessionDescription{Type: t, SDP: s})
}
