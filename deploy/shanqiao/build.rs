//! Embeds the web client again when it was built again.
fn main() {
    println!("cargo::rerun-if-changed=../../web-client/dist/index.html");
}
