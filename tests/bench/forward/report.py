"""Tables of the figures, and the bars that they must pass."""
import statistics

FLOORS = ("floor", "floor-plain")
# The generator is the limit when its own sockets overflow, when it needs so much of a core that it lags, or when its
# publishers do not get round to sending what they should.
GENERATOR_LIMIT_PCT = 90
SENT_SHORT_PCT = 5


def line(run):
    """What one run gave, on one line."""
    head = "%d %-10s %-11s " % (run["turn"] + 1, run["scenario"], run["target"])
    if "error" in run:
        return head + run["error"]
    if "hostile" in run:
        return head + "%.2f us a hostile datagram" % run["hostile"]["us_per_datagram"]
    words = "%7.2f us/pkt %6.0f pkt/s" % (run["us_per_pkt"] or 0, run["fwd_pps"] or 0)
    if run["target"] in FLOORS:
        return head + words
    return head + words + "  %5.0f kB/sub  delay %s ms  key %s ms  asks %d of %d  loss %.2f %%  generator %.0f %%  load %.1f" % (
        run["rss_kb_per_sub"], slashed(run["delay_ms"], 2), slashed(run["first_key_ms"], 0), run["keyframe_requests"],
        run["joiners"], run["loss_pct"], run["gen_core_pct"], run["load"])


def slashed(values, digits):
    return "/".join("-" if it is None else "%.*f" % (digits, it) for it in values)


def pick(run, key):
    name, _, place = key.partition(".")
    value = run.get(name)
    return value[int(place)] if place and value else value


def median(runs, key):
    values = [it for it in (pick(run, key) for run in runs) if it is not None]
    return statistics.median(values) if values else None


# How many times dearer the best peer must be, for each shape of the publishers' sending.
PACED = {"1x50": 3.5, "1x100": 3.5, "10x2x2": 3, "audio300": 3}
BURST = {"1x50": 4, "1x100": 4, "10x2x2": 3, "audio300": 2}


class Table:
    """The good runs of every scenario and target."""

    def __init__(self, runs):
        self.all, self.good = {}, {}
        for run in runs:
            cell = (run["scenario"], run["target"])
            self.all.setdefault(cell, []).append(run)
            self.good.setdefault(cell, [])
            if "error" not in run and run.get("us_per_pkt"):
                self.good[cell].append(run)

    def shape(self):
        """How publishers sent in these runs."""
        return next((it.get("shape", "burst") for runs in self.all.values() for it in runs), "burst")

    def figure(self, scenario, target, key):
        return median(self.good.get((scenario, target), []), key)

    def ratio(self, scenario, above, below, key="us_per_pkt"):
        """Median over the rounds of one target's figure by another's, both of the same round."""
        low = {it["turn"]: it for it in self.good.get((scenario, below), [])}
        pairs = [(it, low[it["turn"]]) for it in self.good.get((scenario, above), []) if it["turn"] in low]
        return statistics.median([pick(a, key) / pick(b, key) for a, b in pairs]) if pairs else None

    def best_peer(self, scenario):
        """The name of the peer that is cheapest beside us, and how many times our cost that is."""
        ratios = [(self.ratio(scenario, peer, "ours"), peer) for peer in self.peers(scenario)]
        return min(((ratio, peer) for ratio, peer in ratios if ratio is not None), default=(None, None))

    def best_delay(self, scenario, key):
        """Median over the rounds of our delay by the shortest of a peer in the same round, and that peer's delay."""
        theirs = {}
        for peer in self.peers(scenario):
            for it in self.good[scenario, peer]:
                theirs.setdefault(it["turn"], []).extend(value for value in [pick(it, key)] if value is not None)
        ours = [(it["turn"], pick(it, key)) for it in self.good.get((scenario, "ours"), [])]
        pairs = [(value, min(theirs[turn])) for turn, value in ours if value is not None and theirs.get(turn)]
        if not pairs:
            return None, None
        return statistics.median(a / b for a, b in pairs), statistics.median(b for _, b in pairs)

    def peers(self, scenario):
        return [t for s, t in self.good if s == scenario and t != "ours" and t not in FLOORS and self.good[s, t]]


COLUMNS = [  # heading, key, decimals
    ("us/pkt", "us_per_pkt", 2), ("pkt/s", "fwd_pps", 0), ("core%", "server_core_pct", 0), ("kB/sub", "rss_kb_per_sub", 0),
    ("d50", "delay_ms.0", 2), ("d95", "delay_ms.1", 2), ("d99", "delay_ms.2", 2), ("a50", "audio_delay_ms.0", 2),
    ("a95", "audio_delay_ms.1", 2), ("a99", "audio_delay_ms.2", 2), ("rtp50", "first_rtp_ms.0", 0), ("rtp95", "first_rtp_ms.1", 0),
    ("rtp99", "first_rtp_ms.2", 0), ("key50", "first_key_ms.0", 0), ("key95", "first_key_ms.1", 0),
    ("key99", "first_key_ms.2", 0), ("whole50", "whole_key_ms.0", 0), ("asks", "keyframe_requests", 0),
    ("joins", "joiners", 0), ("joinCPU", "join_cpu_ms", 1), ("loss%", "loss_pct", 2), ("gen%", "gen_core_pct", 0),
    ("load", "load", 1),
]
LEGEND = """
us/pkt   server CPU, user and system, for each RTP packet that reached a listener (the kernel's loopback delivery is in it)
kB/sub   growth of resident memory a listener
d, a     one-way delay of video and sound in ms, p50 95 99, from the publisher's send to the kernel's stamp at the listener
rtp, key ms from the first signalling request to the first RTP packet, and to the first packet of a keyframe; whole: to its last
asks     keyframe requests that reached publishers while so many listeners joined
joinCPU  server CPU ms a join
gen%     CPU of the load generator, of one core; load: load average of the machine
medians over the rounds; us/pkt also min-max"""


def tables(runs):
    table = Table(runs)
    out = []
    for scenario in dict.fromkeys(it["scenario"] for it in runs):
        out.append("\n" + scenario)
        if scenario == "hostile":
            out += hostile(table)
            continue
        out.append("%-11s n " % "" + " ".join("%7s" % it[0] for it in COLUMNS))
        for (of, target), good in table.good.items():
            if of == scenario:
                out.append(row(target, good, table.all[of, target]))
        out += beside(table, scenario)
    return "\n".join(out + [LEGEND, "", bars(table)])


def beside(table, scenario):
    """What our figures are to the best peer's of the same rounds."""
    cost, peer = table.best_peer(scenario)
    if cost is None:
        return []
    key = "audio_delay_ms.1" if table.figure(scenario, "ours", "delay_ms.1") is None else "delay_ms.1"
    times, theirs = table.best_delay(scenario, key)
    delay = "" if times is None else "; delay p95 %.2f ms, the best peer's %.2f ms (%.2f x)" % (
        table.figure(scenario, "ours", key), theirs, times)
    return ["ours beside the best peer: cost %.2f x below %s's%s" % (cost, peer, delay)]


def row(target, good, every):
    if not good:
        return "%-11s 0 %s" % (target, every[-1].get("error", "no packets"))
    cells = []
    for _, key, digits in COLUMNS:
        value = median(good, key)
        cells.append("%7s" % "-" if value is None else "%7.*f" % (digits, value))
    costs = [it["us_per_pkt"] for it in good]
    return "%-11s %d " % (target, len(good)) + " ".join(cells) + "  %.2f-%.2f" % (min(costs), max(costs)) + remarks(good)


def remarks(good):
    out = ""
    for key, words in (("join_errors", "joins failed"), ("tracks_silent", "silent tracks"), ("refused", "packets not opened"),
                       ("server_dropped", "datagrams that the server did not read")):
        count = sum(it.get(key) or 0 for it in good)
        out += "; %s: %d" % (words, count) if count else ""
    limit = [it for it in good if it.get("generator_dropped") or (it.get("gen_core_pct") or 0) > GENERATOR_LIMIT_PCT
             or (it.get("sent_short_pct") or 0) > SENT_SHORT_PCT]
    return out + ("; THE GENERATOR WAS THE LIMIT in %d" % len(limit) if limit else "")


def hostile(table):
    out = []
    for (scenario, target), good in table.good.items():
        if scenario == "hostile" and good:
            costs = [it["hostile"]["us_per_datagram"] for it in good if it.get("hostile")]
            alive = all(it["hostile"]["alive"] for it in good if it.get("hostile"))
            kinds = good[0]["hostile"]["us_by_kind"]
            out.append("%-11s %d %6.2f us a datagram  %.2f-%.2f%s  %s" % (
                target, len(costs), statistics.median(costs), min(costs), max(costs), "" if alive else "  DIED",
                " ".join("%s %.1f" % it for it in kinds.items())))
    return out


class Bars:
    """Rows of bar, figure and verdict."""

    def __init__(self):
        self.rows = []

    def at_most(self, what, figure, most, unit=""):
        self.add(what, figure, "<= %g%s" % (most, unit), lambda it: it <= most, unit)

    def at_least(self, what, figure, least, unit=""):
        self.add(what, figure, ">= %g%s" % (least, unit), lambda it: it >= least, unit)

    def add(self, what, figure, bar, passes, unit):
        if figure is None:
            self.rows.append((what, bar, "-", "not measured"))
        else:
            self.rows.append((what, bar, "%.2f%s" % (figure, unit), "pass" if passes(figure) else "FAIL"))

    def text(self):
        return "\n".join("%-58s %-12s %12s  %s" % it for it in [("bar", "", "figure", "")] + self.rows)


def bars(table):
    """The bars of the forwarding bench, each with its figure."""
    out = Bars()
    for scenario in ("1x100", "1x200"):
        out.at_most("%s: cost by the floor's" % scenario, table.ratio(scenario, "ours", "floor"), 1.5, " x")
    paced = table.shape() == "paced"
    for scenario, least in (PACED if paced else BURST).items():
        out.at_least("%s: the best peer's cost by ours" % scenario, table.best_peer(scenario)[0], least, " x")
    if paced:
        for scenario in ("1x50", "1x100"):
            out.at_most("%s: delay, p95" % scenario, table.figure(scenario, "ours", "delay_ms.1"), 6, " ms")
        out.at_most("10x2x2: delay p95 by the best peer's", table.best_delay("10x2x2", "delay_ms.1")[0], 1, " x")
    for scenario in ("1x50", "1x100", "1x200", "audio300"):
        out.at_most("%s: memory a listener" % scenario, table.figure(scenario, "ours", "rss_kb_per_sub"), 100, " kB")
    for scenario in ("1x10", "1x50", "1x100"):
        out.at_most("%s: first packet after a join, p50" % scenario, table.figure(scenario, "ours", "first_rtp_ms.0"), 30, " ms")
        out.at_most("%s: first keyframe after a join, p50" % scenario, table.figure(scenario, "ours", "first_key_ms.0"), 60, " ms")
        out.at_most("%s: first keyframe after a join, p95" % scenario, table.figure(scenario, "ours", "first_key_ms.1"), 120, " ms")
        asks, joins = (table.figure(scenario, "ours", it) for it in ("keyframe_requests", "joiners"))
        out.add("%s: keyframe requests for each joiner" % scenario, asks / joins if joins else None, "< 1", lambda it: it < 1, "")
    out.at_most("1x10: added delay, p50", table.figure("1x10", "ours", "delay_ms.0"), 0.5, " ms")
    out.at_most("1x10: added delay, p95", table.figure("1x10", "ours", "delay_ms.1"), 1.5, " ms")
    few, many = (table.figure(it, "ours", "us_per_pkt") for it in ("1x50", "1x200"))
    out.add("growth of the cost from 50 to 200 listeners", (many / few - 1) * 100 if few and many else None, "< 10 %", lambda it: it < 10, " %")
    hits = [it["hostile"]["us_per_datagram"] for it in table.good.get(("hostile", "ours"), []) if it.get("hostile")]
    out.add("a hostile datagram", statistics.median(hits) if hits else None, "< 5 us", lambda it: it < 5, " us")
    return out.text()
