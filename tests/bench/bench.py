# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench.py BUILD [--reps N] [--threads N] [ROW[:NET]...]

Every cell is the median of ratios ours ÷ peer from interleaved measurements, so that what else the
machine does falls on both. See run.sh.
"""
import argparse
import importlib.util
import os
import subprocess
import tempfile
import time

from nets import CACHE, NETS, ROOT
from peer import median

HERE = os.path.join(ROOT, "tests", "bench")
ENTER = os.path.join(ROOT, "tests", "hosts", "enter")


def blas_core():
    """OpenBLAS's name for this kind of processor: one that is younger than the library would get the code
    for one of 2004, and then nobody would be measured at his best. Whylayer's hosts see to it themselves."""
    with open("/proc/cpuinfo", encoding="ascii", errors="ignore") as file:
        flags = file.read().split()
    return next((core for flag, core in (("avx512dq", "SkylakeX"), ("avx2", "Haswell")) if flag in flags), "")


class Server:
    """A process that answers requests with a number. Ours splits its products among threads itself; PyTorch
    leaves that to OpenBLAS."""

    def __init__(self, command, blas_threads="1"):
        environment = dict(os.environ, OPENBLAS_NUM_THREADS=blas_threads)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1, env=environment)

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("a measured process ended on: " + " ".join(map(str, words)))
        return float(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def python_with(module, script, *arguments):
    """The command for a peer: here where its module is installed, else in the Debian 13 tree."""
    settings = [f"{name}={os.environ[name]}" for name in ("WHYLAYER_BENCH_CACHE", "WHYLAYER_BENCH_CLOCK")
                if name in os.environ]
    command = ["/usr/bin/env", *settings, "/usr/bin/python3", os.path.join(HERE, script), *arguments]
    if importlib.util.find_spec(module):
        return command
    return [ENTER, "--bind", CACHE, "--", *command]


class Bench:
    def __init__(self, build, threads, reps):
        self.build, self.reps = build, reps
        self.threads = str(threads)
        self.servers = {}

    def server(self, name):
        if name not in self.servers:
            command = {"ours": [os.path.join(self.build, "tests", "bench", "whylayer-bench"), self.threads],
                       "onnxruntime": python_with("onnxruntime", "peer-onnxruntime.py", self.threads),
                       "torch": python_with("torch", "peer-torch.py", self.threads)}[name]
            self.servers[name] = Server(command, "1" if name == "ours" else self.threads)
        return self.servers[name]

    def ask(self, name, *words):
        result = self.server(name).ask(*words)
        time.sleep(0.15)  # one's threads look for work for a tenth of a second: not while the other is measured
        return result

    def compare(self, ours, peer):
        """ours, peer: functions that measure milliseconds. Returns ratio and both medians."""
        ours(), peer()
        pairs = [(ours(), peer()) for _ in range(self.reps)]
        return (median([a / b for a, b in pairs]), median([a for a, _ in pairs]),
                median([b for _, b in pairs]))


def times_for(name):
    return {"bundled": 9, "squeezenet1_1": 9, "mobilenet_v2": 9, "resnet18": 5}.get(name, 3)


def forward(bench, net):
    times = times_for(net.name)
    return bench.compare(lambda: bench.ask("ours", "forward", net.path(), 1, times),
                         lambda: bench.ask("onnxruntime", "forward", net.name, 1, times))


def masks_for(net):
    return 48 if net.name == "vit_b_16" else 96


def rise(bench, net):
    """Per forward; fewer masks than 1,000 measure the same, their cost is linear (but for one forward
    of the whole picture, which must not weigh)."""
    masks = masks_for(net)
    return bench.compare(
        lambda: bench.ask("ours", "explain", net.path(), "rise", f"masks={masks}", 1) / masks,
        lambda: bench.ask("onnxruntime", "forward", net.name, 8, 3) / 8)


def occlusion_grid(net):
    """Window, stride and how many patches they make."""
    if net.name == "vit_b_16":  # nothing is local: a coarser grid measures the same a patch
        return 64, 32, 36
    return net.window, net.stride, net.patches()


def occlusion(bench, net):
    """ONNX Runtime's time is that of a batch of 8 for every 8 patches."""
    window, stride, patches = occlusion_grid(net)
    return bench.compare(
        lambda: bench.ask("ours", "explain", net.path(), "occlusion", f"window={window};stride={stride}", 1),
        lambda: bench.ask("onnxruntime", "forward", net.name, 8, 3) / 8 * patches)


def occlusion_work(bench, net):
    """Multiply-adds that a patch asks for where it is alone, as a share of a whole pass."""
    return bench.ask("ours", "patches", net.path(), *occlusion_grid(net)[:2])


def grad_cam(work):
    def measure(bench, net):
        times = times_for(net.name)
        return bench.compare(
            lambda: bench.ask("ours", "explain", net.path(), "grad-cam", "-", times),
            lambda: bench.ask("torch", work, net.name, times))
    return measure


def gradients(bench, net):
    return bench.compare(
        lambda: bench.ask("ours", "explain", net.path(), "integrated-gradients", "steps=50", 1),
        lambda: bench.ask("torch", "ig", net.name, 1))


# name: title, measure, what issue 8 asks for, in the order of NETS
ROWS = {
    "forward": ("forward, batch 1 ÷ ONNX Runtime", forward, (1.0, 1.1, 0.9, 1.1, 1.2, 1.1)),
    "rise": ("RISE, per forward ÷ ONNX Runtime batch 8", rise, (0.9, 1.1, 0.9, 1.1, 1.2, 1.1)),
    "occlusion": ("occlusion ÷ ONNX Runtime, every patch", occlusion,
                  (0.75, 0.45, 0.5, 0.5, 0.65, 1.1)),
    "lean": ("Grad-CAM ÷ PyTorch, lean", grad_cam("lean"), (0.45, 0.45, 0.55, 0.6, 0.2, 0.45)),
    "full": ("Grad-CAM ÷ PyTorch, as people run it", grad_cam("full"),
             (0.12, 0.15, 0.2, 0.2, 0.1, 0.2)),
    "ig": ("integrated gradients, 50 steps ÷ PyTorch", gradients, (0.7, 0.5, 0.6, 0.6, 0.35, 0.7)),
}


def cold_start(bench):
    """From process start to map written, against Python that imports torch and does the same."""
    program = os.path.join(bench.build, "plugin", "cli", "whylayer")
    picture = os.path.join(ROOT, "models", "sample", "still-life.jpg")
    environment = dict(os.environ, WHYLAYER_DATA=ROOT)
    took = {"ours": [], "torch": []}
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "map.png")
        commands = {
            "ours": [program, "explain", picture, "--method", "grad-cam", "-o", out],
            "torch": python_with("torch", "peer-torch.py", bench.threads, "once", "bundled")}
        for turn in range(max(bench.reps, 3) + 1):
            for name, command in commands.items():
                start = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
                if turn > 0:
                    took[name].append((time.perf_counter() - start) * 1000)
    ours, peer = median(took["ours"]), median(took["torch"])
    return f"cold start to map: {ours:.0f} ms, PyTorch {peer:.0f} ms: 1/{peer / ours:.0f} (asked: 1/20)"


def memory(bench):
    """Peak of a process that does one ResNet-50 Grad-CAM."""
    net = NETS["resnet50"]
    ours = Server([os.path.join(bench.build, "tests", "bench", "whylayer-bench"), bench.threads])
    ours.ask("explain", net.path(), "grad-cam", "-", 1)
    mine = ours.ask("peak")
    ours.close()
    peer = float(subprocess.run(python_with("torch", "peer-torch.py", bench.threads, "once", net.name),
                                check=True, stdout=subprocess.PIPE, text=True).stdout)
    return (f"peak memory, ResNet-50 Grad-CAM: {mine:.0f} MiB, PyTorch {peer:.0f} MiB: "
            f"{mine / peer:.2f} (asked: 0.50)")


def preview(bench):
    path = NETS["bundled"].path()
    window = bench.ask("ours", "preview", path, 12, 1024, 5)
    whole = bench.ask("ours", "preview", path, 12, 4000, 5)
    return (f"preview of 12 megapixels: {window:.0f} ms drawn 1024 wide, {whole:.0f} ms drawn in full "
            "(asked: 150)")


def growth(bench):
    """How time grows with the network, with threads and batch, and with the picture."""
    program = os.path.join(bench.build, "tests", "bench", "whylayer-bench")
    lines = ["forward, milliseconds a picture:", "",
             "| network | 1 thread | 2 threads | 2 threads, batch 8 |", "|---|---:|---:|---:|"]
    for net in NETS.values():
        took = []
        for threads, batch in ((1, 1), (2, 1), (2, 8)):
            server = Server([program, str(threads)])
            took.append(server.ask("forward", net.path(), batch, times_for(net.name)) / batch)
            server.close()
        lines.append(f"| {net.title} | " + " | ".join(f"{ms:.1f}" for ms in took) + " |")
    lines += ["", "| megapixels, previewed 1024 wide | ms |", "|---:|---:|"]
    for megapixels in (3, 12, 48):
        server = Server([program, bench.threads])
        lines.append(f"| {megapixels} | {server.ask('preview', NETS['bundled'].path(), megapixels, 1024, 5):.0f} |")
        server.close()
    return "\n".join(lines)


def peak(bench):
    return f"SGEMM 1024³: {bench.ask('ours', 'product', 1024, 9):.0f} GFLOP/s"


def layers(bench):
    """Where a forward pass spends its time, and how near each kind of layer comes to the peak."""
    top = bench.ask("ours", "product", 1024, 9)
    program = os.path.join(bench.build, "tests", "bench", "whylayer-layers")
    lines = [f"share of the SGEMM peak ({top:.0f} GFLOP/s), and of the time, by kind of layer:", "",
             "| network | kind | peak | time |", "|---|---|---:|---:|"]
    for net in NETS.values():
        out = subprocess.run([program, net.path(), bench.threads, "9"], check=True, text=True,
                             stdout=subprocess.PIPE, env=dict(os.environ, OPENBLAS_NUM_THREADS="1")).stdout
        kinds = {}
        for line in out.splitlines():
            ms, macs, _, kind, *_ = line.split("\t")
            took, work = kinds.get(kind, (0.0, 0.0))
            kinds[kind] = took + float(ms), work + float(macs)
        whole = tuple(map(sum, zip(*kinds.values())))
        for kind, (took, work) in [("all", whole), *sorted(kinds.items(), key=lambda entry: -entry[1][0])]:
            if took > 0.03 * whole[0]:
                share = f"{2 * work / took / top:.0%}" if work > 0 else ""
                lines.append(f"| {net.title} | {kind} | {share} | {took:.2f} ms |")
    return "\n".join(lines)


# row: what to say below it of each net
REMARKS = {"occlusion": ("its unavoidable multiply-adds ÷ every patch in full", occlusion_work)}
FACTS = {"cold-start": cold_start, "memory": memory, "preview": preview, "product": peak,
         "layers": layers, "growth": growth}


def print_row(title, cells):
    """Cells are printed as they come: a whole table takes half an hour."""
    print(f"| {title} |", end="", flush=True)
    for cell in cells:
        print(f" {cell} |", end="", flush=True)
    print(flush=True)


def compared(bench, measure, net, limit):
    ratio, ours, peer = measure(bench, net)
    mark = "" if ratio <= limit else " ✗"
    return f"{ratio:.2f} (≤ {limit}){mark}; {ours:.1f} ms ÷ {peer:.1f}"


def print_table(bench, wanted):
    print_row("ours ÷ peer", [net.title for net in NETS.values()])
    print("|---|" + "---|" * len(NETS), flush=True)
    for name, (title, measure, asked) in ROWS.items():
        if not any(cell.split(":")[0] == name for cell in wanted):
            continue
        chosen = [name in wanted or f"{name}:{net.name}" in wanted for net in NETS.values()]
        print_row(title, (compared(bench, measure, net, limit) if wants else ""
                          for net, limit, wants in zip(NETS.values(), asked, chosen)))
        if name in REMARKS:
            title, remark = REMARKS[name]
            print_row(title, (f"{remark(bench, net):.2f}" if wants else ""
                              for net, wants in zip(NETS.values(), chosen)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--processor-time", action="store_true",
                        help="of one thread instead of wall time: what a busy machine can still tell")
    parser.add_argument("cells", nargs="*", metavar="ROW[:NET]")
    options = parser.parse_intermixed_args()
    wanted = options.cells or [*ROWS, *FACTS]
    os.environ.setdefault("OPENBLAS_CORETYPE", blas_core())
    if options.processor_time:
        os.environ["WHYLAYER_BENCH_CLOCK"] = "processor"
        options.threads = 1
    for cell in wanted:
        row, _, net = cell.partition(":")
        if row not in ROWS and row not in FACTS or net and net not in NETS:
            parser.error(f"{cell}: rows are {', '.join([*ROWS, *FACTS])}; nets {', '.join(NETS)}")
    bench = Bench(os.path.realpath(options.build), options.threads, options.reps)
    if any(cell.split(":")[0] in ROWS for cell in wanted):
        print_table(bench, wanted)
    for name, fact in FACTS.items():
        if name in wanted:
            print(f"\n{fact(bench)}", flush=True)


if __name__ == "__main__":
    main()
