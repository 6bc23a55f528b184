#!/usr/bin/env python3
"""Measures our gateway, its peers and the machine's floor in turn in one run. The command is `make bench`."""
import argparse
import json
import os
import subprocess
import sys
import time

import report
import servers

# Arguments of the load generator.
SCENARIOS = {
    "1x10": "-subs 10",
    "1x50": "-subs 50",
    "1x100": "-subs 100",
    "1x200": "-subs 200",
    "10x2x2": "-rooms 10 -pubs 2 -subs 2",
    "20x1x10": "-rooms 20 -pubs 1 -subs 10",
    "100x1x10": "-rooms 100 -pubs 1 -subs 10",
    "audio300": "-subs 300 -video=false",
    "hostile": "-subs 2 -secs 2 -hostile {udp}",
}
FLOORS = {"floor": "-segmented=true", "floor-plain": "-segmented=false"}
TARGETS = "ours,livekit,janus,galene,floor,floor-plain"
SHAPES = ("paced", "burst")
# Paced packets that lie within the time for which our gateway holds a lecture: what the floor sends at once there.
LECTURES = ("1x50", "1x100", "1x200")
HELD_PACKETS = "2"
LIMIT_S = 240


def arguments():
    it = argparse.ArgumentParser(description=__doc__)
    it.add_argument("--targets", default=TARGETS, help="of " + TARGETS)
    it.add_argument("--scenarios", default=",".join(SCENARIOS), help="of " + ",".join(SCENARIOS))
    it.add_argument("--shape", default="paced", choices=SHAPES,
                    help="how publishers' packets leave: singly, at the pace of WebRTC's pacer (paced), or five in one system call (burst)")
    it.add_argument("--rounds", type=int, default=3)
    it.add_argument("--secs", default="8", help="measured window of each run")
    it.add_argument("--extra", default="", help="more arguments for the load generator")
    it.add_argument("--ours", default="", help="another build of our program")
    it.add_argument("--out", default="", help="writes OUT.json (every run) and OUT.txt (the tables)")
    it.add_argument("--bin", required=True, help="where the load generator, LiveKit and, if wanted, galene are")
    it.add_argument("--release", required=True, help="where our release build is")
    options = it.parse_args()
    options.bin = os.path.abspath(options.bin)
    options.out = options.out or os.path.join(options.bin, "forward")
    for given, known in ((options.targets, TARGETS.split(",")), (options.scenarios, SCENARIOS)):
        for one in given.split(","):
            if one not in known:
                it.error("%s is none of %s" % (one, ", ".join(known)))
    return options


def generate(namespace, options, argv):
    command = namespace.inside + [os.path.join(options.bin, "load"), "-ip", servers.IP, "-secs", options.secs]
    try:
        ran = subprocess.run(command + argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LIMIT_S)
        return json.loads(ran.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"error": "the generator took over %d s" % LIMIT_S}
    except (IndexError, ValueError):
        return {"error": "no result: " + ran.stderr[-300:]}


def measure(namespace, options, server, target, scenario):
    """One run: a dictionary of figures, or of an `error`."""
    shape = ["-shape", options.shape] + SCENARIOS[scenario].split() + options.extra.split()
    if target in FLOORS:
        program = os.path.join(os.path.abspath(options.release), "examples", "floor")
        if options.shape == "paced" and scenario in LECTURES:
            shape += ["-floor-burst", HELD_PACKETS]
        return generate(namespace, options, shape + ["-kind", "floor", "-floor", program, FLOORS[target]])
    try:
        pid = server.start(namespace)
    except RuntimeError as why:
        return {"error": str(why)}
    try:
        time.sleep(0.7)
        udp = "%s:%d" % (servers.IP, server.udp)
        shape = [it.format(udp=udp) for it in shape]
        return generate(namespace, options, shape + server.generator + ["-pid", str(pid)])
    finally:
        server.stop()


def main():
    options = arguments()
    found = {}
    for target in options.targets.split(","):
        found[target] = servers.find(target, options)
        if found[target] is None and target not in FLOORS:
            print("forward: %s is not installed, so it is not measured" % target, file=sys.stderr)
            del found[target]
    runs = []
    with servers.Namespace() as namespace:
        for turn in range(options.rounds):
            for scenario in options.scenarios.split(","):
                for target, server in found.items():
                    if scenario == "hostile" and target in FLOORS:
                        continue
                    run = measure(namespace, options, server, target, scenario)
                    run.update(target=target, scenario=scenario, turn=turn, shape=options.shape)
                    runs.append(run)
                    print(report.line(run), flush=True)
                    with open(options.out + ".json", "w") as file:
                        json.dump(runs, file, indent=0)
    text = report.tables(runs)
    print(text, flush=True)
    with open(options.out + ".txt", "w") as file:
        file.write(text + "\n")


if __name__ == "__main__":
    main()
