"""What the tables say of given runs."""
import unittest

import report


def run(scenario, target, turn, cost, **more):
    figures = dict(us_per_pkt=cost, fwd_pps=100, server_core_pct=1, rss_kb_per_sub=90, delay_ms=[0.4, 1.0, 2.0],
                   audio_delay_ms=[0.4, 1.0, 2.0], first_rtp_ms=[20, 30, 40], first_key_ms=[50, 130, 140],
                   whole_key_ms=[60, 70, 80], keyframe_requests=2, joiners=10, join_cpu_ms=1, loss_pct=0, gen_core_pct=20, load=1)
    return dict(figures, scenario=scenario, target=target, turn=turn, **more)


def verdicts(runs):
    text = report.tables(runs)
    return {line[:58].strip(): line.split()[-1] for line in text.splitlines() if line.endswith(("pass", "FAIL", "measured"))}


class Bars(unittest.TestCase):
    def test_ratios_are_taken_within_a_round(self):
        # The second round was twice as dear for everybody: it must not move the ratio.
        runs = [run("1x100", "ours", 0, 3.0), run("1x100", "floor", 0, 2.0), run("1x100", "ours", 1, 5.8), run("1x100", "floor", 1, 4.0)]
        self.assertAlmostEqual(report.Table(runs).ratio("1x100", "ours", "floor"), 1.475)
        self.assertEqual(verdicts(runs)["1x100: cost by the floor's"], "pass")

    def test_the_best_peer_decides(self):
        runs = [run("1x50", "ours", 0, 3.0), run("1x50", "livekit", 0, 11.0), run("1x50", "janus", 0, 40.0)]
        self.assertEqual(verdicts(runs)["1x50: the best peer's cost by ours"], "FAIL")
        runs[1]["us_per_pkt"] = 12.0
        self.assertEqual(verdicts(runs)["1x50: the best peer's cost by ours"], "pass")

    def test_paced_publishers_have_bars_of_their_own(self):
        def delayed(target, turn, p95, cost):
            return run("10x2x2", target, turn, cost, delay_ms=[0.1, p95, 1.0], shape="paced")
        runs = [delayed("ours", 0, 0.30, 10), delayed("galene", 0, 0.31, 31), delayed("livekit", 0, 0.70, 40),
                run("1x50", "ours", 0, 3.0, shape="paced"), run("1x50", "galene", 0, 10.6, shape="paced")]
        seen = verdicts(runs)
        self.assertEqual(seen["1x50: the best peer's cost by ours"], "pass")
        self.assertEqual(seen["1x50: delay, p95"], "pass")
        self.assertEqual(seen["10x2x2: delay p95 by the best peer's"], "pass")
        self.assertIn("cost 3.10 x below galene's; delay p95 0.30 ms, the best peer's 0.31 ms", report.tables(runs))
        runs[0]["delay_ms"][1] = 0.32
        runs[3]["delay_ms"] = [1.0, 6.1, 7.0]
        seen = verdicts(runs)
        self.assertEqual(seen["10x2x2: delay p95 by the best peer's"], "FAIL")
        self.assertEqual(seen["1x50: delay, p95"], "FAIL")

    def test_a_run_that_failed_is_told_and_not_counted(self):
        runs = [run("1x50", "ours", 0, 3.0), {"scenario": "1x50", "target": "livekit", "turn": 0, "error": "it did not start"}]
        self.assertIn("it did not start", report.tables(runs))
        self.assertEqual(verdicts(runs)["1x50: the best peer's cost by ours"], "measured")

    def test_joins_memory_and_delay_have_their_bars(self):
        seen = verdicts([run("1x10", "ours", 0, 9.0), run("1x50", "ours", 0, 3.0, rss_kb_per_sub=101), run("1x200", "ours", 0, 3.4)])
        self.assertEqual(seen["1x10: first packet after a join, p50"], "pass")
        self.assertEqual(verdicts([run("1x10", "ours", 0, 9.0, first_rtp_ms=[31, 32, 33])])["1x10: first packet after a join, p50"], "FAIL")
        self.assertEqual(seen["1x10: first keyframe after a join, p50"], "pass")
        self.assertEqual(seen["1x10: first keyframe after a join, p95"], "FAIL")
        self.assertEqual(seen["1x10: keyframe requests for each joiner"], "pass")
        self.assertEqual(seen["1x10: added delay, p50"], "pass")
        self.assertEqual(seen["1x50: memory a listener"], "FAIL")
        self.assertEqual(seen["growth of the cost from 50 to 200 listeners"], "FAIL")

    def test_a_hostile_datagram_has_its_bar(self):
        one = run("hostile", "ours", 0, 9.0, hostile=dict(us_per_datagram=4.9, us_by_kind={"rtp": 4.9}, alive=True))
        self.assertEqual(verdicts([one])["a hostile datagram"], "pass")

    def test_the_generator_as_the_limit_is_said(self):
        self.assertIn("GENERATOR", report.tables([run("1x50", "ours", 0, 3.0, generator_dropped=5)]))
        self.assertIn("GENERATOR", report.tables([run("1x50", "ours", 0, 3.0, sent_short_pct=12)]))
        self.assertNotIn("GENERATOR", report.tables([run("1x50", "ours", 0, 3.0, generator_dropped=0)]))


if __name__ == "__main__":
    unittest.main()
