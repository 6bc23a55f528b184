// A page that publishes by WHIP and one that watches by WHEP, with fetch and nothing else.
import { createServer } from 'node:http';
import { open } from './chromium.js';

const html = `<!doctype html><meta charset="utf-8"><title>Device</title><video autoplay playsinline></video><script>
  let connection, place, tag, token;
  const pick = (sdp, key) => sdp.split('\\r\\n').find((it) => it.startsWith('a=' + key + ':'));
  async function begin(url, pass, { waits }) {
    token = pass;
    await connection.setLocalDescription(await connection.createOffer());
    const { sdp } = connection.localDescription;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: 'Bearer ' + pass, 'content-type': 'application/sdp' },
      body: waits ? sdp.replaceAll('a=setup:actpass', 'a=setup:passive') : sdp,
    });
    if (answer.status !== 201) throw new Error(answer.status + ' ' + (await answer.text()));
    place = new URL(answer.headers.get('location'), url).href;
    tag = answer.headers.get('etag');
    await connection.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
  }
  async function publish(url, pass, { encodings, codec, waits }) {
    connection = new RTCPeerConnection();
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360, frameRate: 20 } });
    for (const track of stream.getTracks()) {
      const layers = track.kind === 'video' && encodings ? { sendEncodings: encodings } : {};
      const transceiver = connection.addTransceiver(track, { direction: 'sendonly', streams: [stream], ...layers });
      if (track.kind !== 'video' || !codec) continue;
      const named = ({ mimeType, sdpFmtpLine }) => (mimeType + ' ' + sdpFmtpLine).includes(codec);
      transceiver.setCodecPreferences(RTCRtpSender.getCapabilities('video').codecs.filter(named));
    }
    await begin(url, pass, { waits });
  }
  async function watch(url, pass, { waits }) {
    connection = new RTCPeerConnection();
    const stream = new MediaStream();
    connection.ontrack = ({ track }) => stream.addTrack(track);
    document.querySelector('video').srcObject = stream;
    for (const kind of ['audio', 'video']) connection.addTransceiver(kind, { direction: 'recvonly' });
    await begin(url, pass, { waits });
  }
  const ask = (method, match, body) => fetch(place, {
    method,
    headers: { authorization: 'Bearer ' + token, 'content-type': 'application/trickle-ice-sdpfrag', ...(match && { 'if-match': match }) },
    body,
  });
  const fragment = (sdp) => [pick(sdp, 'ice-ufrag'), pick(sdp, 'ice-pwd'), 'm=audio 9 RTP/AVP 0', 'a=mid:0', ''].join('\\r\\n');
  const trickle = async () => (await ask('PATCH', tag, fragment(connection.localDescription.sdp))).status;
  async function restart() {
    const old = connection.remoteDescription.sdp;
    const offer = await connection.createOffer({ iceRestart: true });
    await connection.setLocalDescription(offer);
    const answer = await ask('PATCH', '*', fragment(offer.sdp));
    const text = await answer.text();
    const fresh = (sdp, key) => sdp.replaceAll(pick(sdp, key), pick(text, key));
    await connection.setRemoteDescription({ type: 'answer', sdp: fresh(fresh(old, 'ice-ufrag'), 'ice-pwd') });
    const changed = answer.headers.get('etag') !== tag;
    tag = answer.headers.get('etag');
    return [answer.status, changed];
  }
  const end = async () => {
    const { status } = await ask('DELETE');
    connection.close();
    return status;
  };
</script>`;

/** Serves the page from an origin of its own; gives { url, close }. */
export async function host() {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(html);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

/**
 * A device that does `what` ("publish" or "watch") in a room: it publishes its camera in these `encodings`, in codecs whose
 * name and parameters have `codec` in them, and `waits` for the gateway to begin the DTLS handshake.
 */
export async function device(browser, pages, server, what, room, token, { encodings, codec, waits } = {}) {
  const page = await open(browser);
  await page.goto(pages.url);
  const door = what === 'publish' ? 'whip' : 'whep';
  const call = ([name, url, pass, ways]) => (name === 'publish' ? publish(url, pass, ways) : watch(url, pass, ways));
  await page.evaluate(call, [what, `${server.url}/${door}/${room}`, token, { encodings, codec, waits }]);
  return page;
}
