# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop of its own for one test run: X server, session bus and accessibility bus.

The accessibility tree is the same kind of thing for GTK 2 and GTK 3, so the dialogs of both GIMPs
are found and worked by what a person reads in them.
"""
import os
import select
import shutil
import subprocess
import time

NEEDED = {"Xvfb": "xvfb", "xdotool": "xdotool", "dbus-daemon": "dbus", "import": "imagemagick", "gdbus": "libglib2.0-bin"}
ANSWER = 30000  # milliseconds that a program may take to answer about its window
LAUNCHER = "/usr/libexec/at-spi-bus-launcher"


def missing():
    """Names of the Debian packages that a desktop needs and this machine lacks."""
    absent = [package for program, package in NEEDED.items() if not shutil.which(program)]
    if not os.path.exists(LAUNCHER):
        absent.append("at-spi2-core")
    try:
        import pyatspi  # noqa: F401
    except ImportError:
        absent.append("python3-pyatspi")
    return absent


def wait(condition, what, seconds=30):
    """Wait until condition() is true and return what it returned."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


class Desktop:
    def __init__(self, environment):
        self.programs = []
        self.environment = dict(environment)
        self._start_x()
        self._start_bus()
        os.environ.update({name: self.environment[name] for name in
                           ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")})
        import pyatspi
        # Where a program is busy its answer comes late; after 0.8 s, as is usual, a press would seem to have failed.
        pyatspi.Atspi.set_timeout(ANSWER, ANSWER)
        self.registry = pyatspi.Registry

    def start(self, command, variables=None, **options):
        program = subprocess.Popen(command, env={**self.environment, **(variables or {})},
                                   stdin=subprocess.DEVNULL, **options)
        self.programs.append(program)
        return program

    def end(self, program):
        self.programs.remove(program)
        program.terminate()
        try:
            program.wait(10)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()

    def _start_x(self):
        reading, writing = os.pipe()
        self.start(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
                   pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as answer:
            assert select.select([answer], [], [], 20)[0], "Xvfb does not start"
            self.environment["DISPLAY"] = ":" + answer.readline().strip()

    def _start_bus(self):
        bus = self.start(["dbus-daemon", "--session", "--nofork", "--print-address=1"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        self.environment.pop("NO_AT_BRIDGE", None)
        self.environment["GTK_MODULES"] = "gail:atk-bridge"  # GTK 2; GTK 3 has it built in
        self.start([LAUNCHER, "--launch-immediately", "--a11y=1"], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)

    def stop(self):
        while self.programs:
            self.end(self.programs[-1])

    def applications(self, part):
        """The programs with that in their names; one that ends while it is asked has none."""
        return [application for application in self.registry.getDesktop(0) if part in read_name(application)]

    def find(self, application, role, name):
        """The first accessible thing of that role (a substring) and name (a predicate), or None."""
        for root in self.applications(application):
            root.clear_cache()  # nothing here runs a main loop that would hear of changed names
            if found := search(root, role, name):
                return found
        return None

    def await_one(self, application, role, name, seconds=30):
        return wait(lambda: self.find(application, role, name), f"a {role} in {application}", seconds)

    def picture(self, path):
        self.run(["import", "-window", "root", path])

    def pixels(self, x, y, width, height):
        """What a part of the screen shows, for comparison."""
        return subprocess.run(["import", "-window", "root", "-crop", f"{width}x{height}+{x}+{y}", "rgb:-"],
                              env=self.environment, check=True, capture_output=True, timeout=60).stdout

    def run(self, command, check=True):
        subprocess.run(command, env=self.environment, check=check, timeout=60, stdout=subprocess.DEVNULL)

    def keys(self, window, *keys):
        """Press keys in the window of that title; there is no window manager to give it the focus."""
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", window], env=self.environment,
                               capture_output=True, text=True, timeout=60).stdout.split()
        assert found, f"no window is called {window}"
        self.run(["xdotool", "windowfocus", "--sync", found[-1], "key", "--delay", "60", *keys])


def read_name(node):
    try:
        return node.name or ""
    except Exception:  # things vanish while one looks
        return ""


def search(node, role, name, depth=0):
    try:
        if role in node.getRoleName() and name(node.name or ""):
            return node
        if depth < 40:
            for child in node:
                if child is not None and (found := search(child, role, name, depth + 1)):
                    return found
    except Exception:  # things vanish while one looks
        pass
    return None


def press(node):
    node.queryAction().doAction(0)


def choose(node, position):
    """Choose one of a combo's rows or a notebook's pages."""
    node.querySelection().selectChild(position)


def rows(combo):
    """The names of a combo's rows."""
    return [item.name for item in combo[0]]


def chosen(combo):
    """The name of the chosen row."""
    return combo.querySelection().getSelectedChild(0).name


def set_value(node, value):
    node.queryValue().currentValue = value


def get_value(node):
    return node.queryValue().currentValue


def is_on(node, state):
    import pyatspi
    return node.getState().contains(getattr(pyatspi, f"STATE_{state}"))


def everything(node, depth=0):
    """The node and all below it that show."""
    found = []
    try:
        if is_on(node, "SHOWING") or depth == 0:
            found.append(node)
            if "table" not in node.getRoleName():
                for child in node:
                    found += everything(child, depth + 1) if child is not None else []
    except Exception:  # things vanish while one looks
        pass
    return found


def tree(node, depth=0):
    """What a blind reader of a window would hear, for messages and for writing new cases."""
    lines = []
    try:
        lines.append("  " * depth + f"{node.getRoleName()} {node.name!r}")
        for child in node:
            if child is not None:
                lines += tree(child, depth + 1)
    except Exception:
        pass
    return lines
