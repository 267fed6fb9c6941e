# SPDX-License-Identifier: GPL-3.0-or-later
"""A Slurm of one node on this machine, in a folder of its own, for as long as a case needs it."""
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "sinfo", "runuser")
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={munge}/socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
NodeName={host} CPUs={cores} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not():
    """What is missing here for a Slurm, or None."""
    if os.geteuid() != 0:
        return "Slurm's daemons want root"
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    missing = [name for name in PROGRAMS if not shutil.which(name, path=path)]
    return f"{', '.join(missing)} not installed" if missing else None


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for each in sockets:
        each.bind(("", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def start_munge(folder):
    """Its folder must be its own user's and nobody else's to write, all the way up."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o755)
    (folder / "key").write_bytes(os.urandom(128))
    (folder / "key").chmod(0o600)
    for path in (folder, folder / "key"):
        shutil.chown(path, "munge", "munge")
    return subprocess.Popen(["runuser", "-u", "munge", "--", "munged", "--foreground", "--force",
                             *(f"--{name}={folder}/{file}" for name, file in (
                                 ("socket", "socket"), ("key-file", "key"), ("pid-file", "pid"),
                                 ("seed-file", "seed"), ("log-file", "log")))],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def running(folder, munge_folder):
    """The environment in which sbatch and sinfo talk to it."""
    shutil.rmtree(folder, ignore_errors=True)
    for below in ("state", "spool"):
        (folder / below).mkdir(parents=True)
    configuration = folder / "slurm.conf"
    configuration.write_text(CONFIGURATION.format(
        host=socket.gethostname(), folder=folder, munge=munge_folder, ports=free_ports(2), cores=os.cpu_count()))
    environment = {**os.environ, "SLURM_CONF": str(configuration), "PATH": os.environ["PATH"] + ":/usr/sbin"}
    daemons = [start_munge(munge_folder)]
    try:
        wait_for(lambda: (munge_folder / "socket").exists())
        daemons += [subprocess.Popen([name, "-D"], env=environment, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL) for name in ("slurmctld", "slurmd")]
        wait_for(lambda: "idle" in subprocess.run(["sinfo", "-h", "-o", "%T"], env=environment, text=True,
                                                  capture_output=True).stdout)
        yield environment
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            daemon.wait(30)
        shutil.rmtree(munge_folder, ignore_errors=True)


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "Slurm did not get ready"
        time.sleep(0.2)
