"""How fast Polku holds the receipt log against a path, beside pm4py in the same run.

    python bench/path_conform.py              three runs of each
    python bench/path_conform.py --times 1    a quick look

The path is the one that Polku discovers in the log, then the net that pm4py's inductive miner
finds, each for two noise thresholds.
Both sides align the same distinct ways on the same net with unit costs; their deviations are
compared one by one and must be equal. pm4py works in its own environment (see speed.py) on a log
that is in memory; reading the file is on neither side. Polku's figure holds finding the distinct
ways, aligning them and telling where each deviates.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from child import repeated
from machine import describe
from speed import RESULTS, peer

HERE = Path(__file__).parent
RECEIPT = HERE.parent.parent / "shared" / "data" / "receipt" / "receipt.xes.gz"
NOISE = (0.0, 0.2)


def net_of(places: dict[str, Any], found: dict[str, Any]) -> Any:
    """The net that pm4py wrote, in Polku's form."""
    from polku.path.aligning.markings import Transition
    from polku.path.aligning.petri import Net

    transitions = [
        Transition(t["label"] or t["id"], tuple(t["pre"]), tuple(t["post"]), t["label"])
        for t in found["transitions"]
    ]
    ends = tuple(found["end"])  # Polku's nets end empty
    return Net((*transitions, Transition("end", ends, ())), tuple(places))


def ours(log_file: str, net_file: str) -> None:
    """One run of Polku, in a process of its own."""
    from polku.log.read import read
    from polku.path.aligning import align as aligning
    from polku.path.ways import ways

    log = read(log_file)
    found = json.loads(Path(net_file).read_text(encoding="utf-8"))
    from polku.path.aligning.reduce import reduced

    net = net_of(found["start"], found)
    aligning.align(net, [()])  # loads what is loaded once
    began = time.perf_counter()
    known = ways(log)
    fewer, first = reduced(net.transitions, net.initial)
    net = replace(net, transitions=tuple(fewer), initial=first)
    done = aligning.align(net, known.sequences)
    took = time.perf_counter() - began
    costs = {"\n".join(s): a.cost for s, a in zip(known.sequences, done, strict=True)}
    told = sum(a.moves is not None for a in done)
    print(json.dumps({"seconds": took, "costs": costs, "ways": len(done), "told": told}))


def own_net(log_file: str, noise: str, net_file: str) -> None:
    """Write the net of the path that Polku discovers, in the form in which pm4py's is written."""
    from polku.log.read import read
    from polku.path.aligning.petri import to_net
    from polku.path.aligning.walks import activities_of, label_of, labels_of
    from polku.path.discover import discover
    from polku.path.matching import matching

    log = read(log_file)
    path = discover(log, float(noise)).path
    found = matching(path, activities_of(log))
    net = to_net(path, labels_of(path, found))
    name = {label_of((step,)): activity for activity, step in found.step_of.items()}
    transitions = [
        {
            "id": f"t{k}",
            "label": None if t.label is None else name[t.label],
            "pre": list(t.pre),
            "post": list(t.post) or ["end"],  # Polku's nets end empty
        }
        for k, t in enumerate(net.transitions)
    ]
    told = {"transitions": transitions, "start": list(net.initial), "end": ["end"]}
    Path(net_file).write_text(json.dumps(told), encoding="utf-8")


def whole(log_file: str, path_file: str) -> None:
    """The verb itself on a path file: reading the path, matching, translating, aligning."""
    from polku.log.read import read
    from polku.path.conform import conform
    from polku.path.read import read_path

    log = read(log_file)
    began = time.perf_counter()
    found = conform(log, read_path(path_file))
    took = time.perf_counter() - began
    print(
        json.dumps({"seconds": took, "matters": found.whole.matters, "share": found.share_fitting})
    )


THEIRS = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import pm4py
import pm4py.util.constants
pm4py.util.constants.SHOW_PROGRESS_BAR = False
log_file, noise, net_file = sys.argv[1:4]
log = pm4py.read_xes(log_file)
log = log[log["lifecycle:transition"].str.lower() == "complete"]
if noise == "given":
    from pm4py.objects.petri_net.obj import Marking, PetriNet
    from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to
    told, net = json.load(open(net_file)), PetriNet("given")
    places = {n: PetriNet.Place(n) for t in told["transitions"] for n in t["pre"] + t["post"]}
    net.places.update(places.values())
    for t in told["transitions"]:
        one = PetriNet.Transition(t["id"], t["label"])
        net.transitions.add(one)
        for n in t["pre"]:
            add_arc_from_to(places[n], one, net)
        for n in t["post"]:
            add_arc_from_to(one, places[n], net)
    start = Marking({places[n]: 1 for n in told["start"]})
    end = Marking({places[n]: 1 for n in told["end"]})
else:
    net, start, end = pm4py.discover_petri_net_inductive(log, noise_threshold=float(noise))
names = {p: f"p{k}" for k, p in enumerate(sorted(net.places, key=lambda p: p.name))}
ordered = sorted(net.transitions, key=lambda t: t.name)
json.dump({"transitions": [
    {"id": f"t{k}", "label": t.label, "pre": sorted(names[a.source] for a in t.in_arcs),
     "post": sorted(names[a.target] for a in t.out_arcs)} for k, t in enumerate(ordered)],
    "start": sorted(names[p] for p in start), "end": sorted(names[p] for p in end)},
    open(net_file, "w"))
began = time.perf_counter()
found = pm4py.conformance_diagnostics_alignments(log, net, start, end)
took = time.perf_counter() - began
costs = {}
for (case, rows), a in zip(log.groupby("case:concept:name", sort=False), found):
    costs["\\n".join(rows["concept:name"])] = int(a["cost"] // 10_000)
print()
print(json.dumps({"seconds": took, "costs": costs, "pm4py": pm4py.__version__}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="runs of which the median is taken")
    parser.add_argument("--log", type=Path, default=RECEIPT)
    parser.add_argument(
        "--peer", type=Path, help="an interpreter that has pm4py (default: its own)"
    )
    parser.add_argument("--path", type=Path, help="also the whole verb on this .bpmn")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "path_conform.json")
    parser.add_argument("--ours", nargs=2, metavar=("LOG", "NET"), help=argparse.SUPPRESS)
    parser.add_argument("--whole", nargs=2, metavar=("LOG", "PATH"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ours:
        return ours(*given.ours)
    if given.whole:
        return whole(*given.whole)
    machine = describe()
    print("; ".join(f"{k} {v}" for k, v in machine.items()), flush=True)
    results: dict[str, Any] = {}
    me = [sys.executable, str(Path(__file__).resolve())]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "theirs.py"
        script.write_text(THEIRS, encoding="utf-8")
        for whose, noise in ((w, n) for w in ("Polku's path", "pm4py's net") for n in NOISE):
            net = str(Path(folder) / f"net-{noise}.json")
            how = str(noise)
            if whose == "Polku's path":
                own_net(str(given.log), how, net)
                how = "given"
            theirs = repeated(
                [str(given.peer or peer()), str(script), str(given.log), how, net], given.times
            )
            mine = repeated([*me, "--ours", str(given.log), net], given.times)
            costs, other = mine.pop("costs"), theirs.pop("costs")
            unlike = sum(costs[way] != cost for way, cost in other.items())
            mine |= {
                "deviations": sum(costs.values()),
                "ways_with_other_costs": unlike + len(set(costs) ^ set(other)),
                "ratio_seconds": theirs["seconds"] / mine["seconds"],
            }
            results[f"{whose}, noise {noise}"] = mine
            results[f"{whose}, noise {noise}, by pm4py"] = theirs
            print(
                f"{whose}, noise {noise}: {mine['seconds']:.3f} s, "
                f"pm4py {theirs['seconds']:.2f} s, "
                f"{mine['ratio_seconds']:.0f} times; {mine['ways']} ways, {mine['deviations']} "
                f"deviations, {mine['ways_with_other_costs']} ways with other costs",
                flush=True,
            )
    if given.path:
        found = repeated([*me, "--whole", str(given.log), str(given.path)], given.times)
        results["polku conform"] = found
        print(f"conform {given.path.name}: {found['seconds']:.3f} s", flush=True)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine, "results": results}, indent=1)
    given.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
