#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the dialog is on a 12-megapixel picture: dialogs.py 2.10|3 BUILD.

Prints each figure beside its bar.  A figure over the bar does not fail anything: this is no test,
and a busy machine says little about a free one."""
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "hosts"))
import cases  # noqa: E402
import desktop  # noqa: E402
import dialogs  # noqa: E402
from gimp import HOSTS, SOURCE  # noqa: E402
from PIL import Image  # noqa: E402


class Trace:
    """What the dialog wrote: (what, microseconds on the clock that Python calls monotonic)."""
    def __init__(self, path):
        self.path = path

    def lines(self):
        text = self.path.read_text() if self.path.exists() else ""
        return [(what, int(number) / 1000) for what, number in (line.split() for line in text.splitlines())]

    def after(self, what, begin, seconds=60):
        """The first time of that after begin, in milliseconds."""
        return desktop.wait(lambda: next((when for word, when in self.lines() if word == what and when >= begin), None),
                            what, seconds)


def now():
    return time.monotonic() * 1000


def say(what, bar, *figures):
    shown = " ".join(f"{figure:.0f}" for figure in figures)
    print(f"{what:34} {shown:>24} ms  bar {bar} ms  {'ok' if max(figures) <= bar else 'over'}", flush=True)


def measure_region(screen, trace):
    """Other pixels come from GIMP while the dialog is open."""
    screen.press("R_eset")  # to a quick method
    screen.await_ready()
    screen.show_page(2)
    where = screen.find("combo box", "_Where")
    for msgid in ("Active layer", "Visible image"):
        before = now()
        desktop.choose(where, desktop.rows(where).index(screen.text(msgid)))
        print(f"{'map of the ' + msgid.lower():34} {trace.after('drawn', trace.after('idle', before)) - before:24.0f} ms")


def measure(screen, trace):
    begin = now()
    screen.open_dialog()
    mapped = trace.after("mapped", begin)
    say("dialog mapped after the call", 1500, mapped - begin)
    say("first map after that", 1000, trace.after("drawn", mapped) - mapped)
    screen.await_ready()
    screen.show_page(1)
    spin = screen.find("spin button", "_Opacity")
    restyles = []
    for opacity in (30, 40, 50, 70, 80):
        before = now()
        desktop.set_value(spin, opacity)
        changed = trace.after("map", before)
        restyles.append(trace.after("drawn", changed) - changed)
        time.sleep(0.3)
    say("restyle", 50, *restyles)
    screen.show_page(0)
    stops, stop = [], screen.find("button", "Sto_p")
    for method in ("RISE", "LIME", "Sobol indices"):  # slow ones, one batch of each takes longest
        screen.choose_method(method)
        time.sleep(1.5)
        before = now()
        desktop.press(stop)
        stops.append(trace.after("idle", before) - before)
    say("Stop honoured", 200, *stops)
    measure_region(screen, trace)
    late = [number for what, number in trace.lines() if what == "late"]
    say("main loop blocked at most", 100, max(late, default=0))
    print(f"  every delay over 20 ms: {' '.join(f'{number:.0f}' for number in late)}")
    screen.press("_Cancel")
    screen.closed()


def write_layer(screen):
    """Let the next dialog begin on a layer of Whylayer's, which it has to leave out of the picture."""
    screen.open_dialog()
    screen.press("_OK")
    screen.closed()
    screen.await_layers(2)


def main():
    host, build = HOSTS[sys.argv[1]], Path(sys.argv[2]).resolve()
    gimp = host(build, build / f"bench-{host.generation}")
    large = gimp.scratch / "large.jpg"
    Image.open(SOURCE / "models" / "sample" / "still-life.jpg").resize((4000, 3000)).save(large, quality=92)
    gimp.environment["WHYLAYER_TRACE"] = str(gimp.scratch / "trace")
    bench = cases.Bench(gimp, {}, large)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    try:
        screen = dialogs.get_screen(bench, "")
        for run in ("cold", "warm", "edited"):
            print(f"-- {run}")
            if run == "edited":
                write_layer(screen)
            (gimp.scratch / "trace").unlink(missing_ok=True)
            measure(screen, Trace(gimp.scratch / "trace"))
    finally:
        bench.desktop.stop()


if __name__ == "__main__":
    main()
