//! Packets that are sent again, and the address that answers leave from.

use std::net::{IpAddr, SocketAddr};

use crate::house::{Form, House, token};
use crate::line::Line;

/// Sound has no retransmission stream: what is asked for again is the packet as it was (RFC 4585).
#[tokio::test]
async fn a_listener_without_a_repair_stream_gets_again_what_it_asks_for() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let mut listener = house.enter("ward", "listener").await;
    let mut ear = Line::listen(&house, &mut listener).await;
    voice.send(b"one").await;
    assert_eq!(ear.hear().await, [b"one"]);
    ear.loses = 1;
    voice.send(b"two").await;
    voice.send(b"three").await;
    assert_eq!(ear.hear().await, [b"three"]);
    let lost = ear.lost.pop().unwrap();
    ear.ask_again(lost).await;
    assert_eq!(ear.hear().await, [b"two"]);
    assert_eq!(house.metric("gateway_resent_total"), 1);
    // What was never sent does not come.
    ear.ask_again((lost.0, lost.1.wrapping_add(50))).await;
    voice.send(b"four").await;
    assert_eq!(ear.hear().await, [b"four"]);
    assert_eq!(house.metric("gateway_resent_total"), 1);
}

/// Lines take nothing from an address that they have not asked.
#[tokio::test]
async fn answers_and_media_leave_from_the_address_that_was_asked() {
    let addresses: [IpAddr; 2] = [[127, 0, 0, 2].into(), [127, 0, 0, 3].into()];
    let mut house = House::with(|config| config.media_ip = addresses.to_vec()).await;
    let at = |ip: IpAddr| SocketAddr::new(ip, house.gateway.media_port());
    let [first, second] = addresses.map(at);
    house.media = second;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let mut ears = vec![];
    for place in [first, second] {
        house.media = place;
        let mut listener = house.enter("ward", &place.ip().to_string()).await;
        ears.push((Line::listen(&house, &mut listener).await, listener));
    }
    for word in ["one", "two"] {
        voice.send(word.as_bytes()).await;
        for (ear, _) in &mut ears {
            assert_eq!(ear.hear().await, [word.as_bytes()]);
        }
    }
}
