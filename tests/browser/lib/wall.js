// A computer behind a firewall: a network namespace of its own, with one wire to this machine.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { out } from './places.js';

const ip = (...words) => execFileSync('ip', words, { encoding: 'utf8' });

/** A place from which only some TCP ports of this machine can be reached; needs root. */
export class Wall {
  /** Lays the wire; everything is shut until `open`. */
  static build() {
    return new Wall();
  }

  constructor() {
    const own = process.pid % 16_384;
    this.name = `sq${own}`;
    this.net = `10.213.${own >> 6}.${(own & 63) * 4}`;
    const host = (last) => this.net.replace(/\d+$/, (it) => String(Number(it) + last));
    /** This machine as the computer behind the wall sees it. */
    [this.outside, this.inside] = [host(1), host(2)];
    ip('netns', 'add', this.name);
    // An address that appears while a page loads makes the browser load it again.
    const quiet = 'for it in all default; do echo 1 > /proc/sys/net/ipv6/conf/$it/disable_ipv6; done';
    ip('netns', 'exec', this.name, 'sh', '-c', quiet);
    ip('link', 'add', `${this.name}o`, 'type', 'veth', 'peer', 'name', `${this.name}i`, 'netns', this.name);
    ip('addr', 'add', `${this.outside}/30`, 'dev', `${this.name}o`);
    ip('link', 'set', `${this.name}o`, 'up');
    ip('-n', this.name, 'addr', 'add', `${this.inside}/30`, 'dev', `${this.name}i`);
    ip('-n', this.name, 'link', 'set', `${this.name}i`, 'up');
    ip('-n', this.name, 'link', 'set', 'lo', 'up');
    this.open();
  }

  /** Lets these ports of this machine through and nothing else; UDP that is dropped is counted. */
  open({ tcp = [], udp = [] } = {}) {
    const pass = (protocol, port, side, own) =>
      `ip ${side} ${this.outside} ${protocol} ${own} ${Number(port)} accept`;
    const both = (side, own) =>
      [...tcp.map((port) => pass('tcp', port, side, own)), ...udp.map((port) => pass('udp', port, side, own))].join('\n');
    const rules = `
      flush ruleset
      table inet wall {
        counter unheard {}
        chain out {
          type filter hook output priority 0; policy drop;
          oifname "lo" accept
          ${both('daddr', 'dport')}
          meta l4proto udp counter name unheard drop
        }
        chain back {
          type filter hook input priority 0; policy drop;
          iifname "lo" accept
          ${both('saddr', 'sport')}
        }
      }`;
    execFileSync('ip', ['netns', 'exec', this.name, 'nft', '-f', '-'], { input: rules });
  }

  /** UDP datagrams that were dropped. */
  dropped() {
    const words = ['netns', 'exec', this.name, 'nft', 'list', 'counter', 'inet', 'wall', 'unheard'];
    return Number(/packets (\d+)/.exec(execFileSync('ip', words, { encoding: 'utf8' }))[1]);
  }

  /** A program that is started behind the wall. */
  behind(program) {
    mkdirSync(out, { recursive: true });
    const script = join(out, `${this.name}.sh`);
    writeFileSync(script, `#!/bin/sh\nexec ip netns exec ${this.name} ${program} "$@"\n`);
    chmodSync(script, 0o755);
    return script;
  }

  remove() {
    ip('netns', 'del', this.name);
  }
}
