"""The servers that are measured: how each is started, and how the load generator reaches it."""
import os
import shutil
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
IP = "10.77.0.1"
SECRET = "0123456789abcdef0123456789abcdef"
# Janus never uses loopback interfaces, so everything runs in a namespace with a pair of virtual cables.
CABLES = (
    # An address that is still being probed for, as IPv6 does at first, cannot be bound to.
    "ip netns exec {ns} sysctl -q -w net.ipv6.conf.all.disable_ipv6=1",
    "ip -n {ns} link set lo up",
    "ip -n {ns} link add cable0 type veth peer name cable1",
    "ip -n {ns} addr add {ip}/24 dev cable0",
    "ip -n {ns} link set cable0 up",
    "ip -n {ns} link set cable1 up",
)


class Namespace:
    """A network namespace that is removed at the end."""

    def __enter__(self):
        self.name = "bench-%d" % os.getpid()
        for line in ("ip netns add {ns}",) + CABLES:
            subprocess.run(line.format(ns=self.name, ip=IP).split(), check=True)
        self.inside = ["ip", "netns", "exec", self.name]
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "del", self.name], check=False)


class Server:
    """One server under measurement; `generator` are the arguments that lead the load generator to it."""

    port = 0  # of the signalling, on 127.0.0.1
    udp = 0  # of the media; 0: one a connection

    def __init__(self, program, work):
        self.program, self.work = program, work

    def command(self):
        raise NotImplementedError

    def start(self, namespace):
        os.makedirs(self.work, exist_ok=True)
        self.log = open(os.path.join(self.work, "log"), "a")
        argv = namespace.inside + self.command()
        self.process = subprocess.Popen(argv, stdout=self.log, stderr=self.log, cwd=self.work, start_new_session=True)
        probe = "import socket; socket.create_connection(('127.0.0.1', %d), 1)" % self.port
        for _ in range(150):
            if subprocess.run(namespace.inside + ["python3", "-c", probe], stderr=subprocess.DEVNULL).returncode == 0:
                return self.process.pid
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.stop()
        raise RuntimeError("it did not start, see " + self.log.name)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()  # a polite end would wait for the callers, who are gone
        self.process.wait()
        self.log.close()

    def configure(self, source):
        """Copies a configuration with the places filled in."""
        target = os.path.join(self.work, os.path.basename(source))
        with open(os.path.join(HERE, source)) as file:
            text = file.read().replace("@IP@", IP).replace("@CFG@", self.work)
        with open(target, "w") as file:
            file.write(text)
        return target


class Ours(Server):
    port, udp = 8080, 7882
    generator = ["-kind", "livekit", "-url", "ws://127.0.0.1:8080", "-key", "shanqiao:" + SECRET]

    def command(self):
        data = os.path.join(self.work, "data")
        shutil.rmtree(data, ignore_errors=True)
        os.makedirs(data)
        os.chmod(data, 0o700)
        with open(os.open(os.path.join(data, "keys.toml"), os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write('name = "shanqiao"\nsecret = "%s"\n' % SECRET)
        config = os.path.join(self.work, "config.toml")
        with open(config, "w") as file:
            file.write('log = "warn"\n[gateway]\nparticipants_per_room_max = 400\n')
        return [self.program, "all", "--http", "127.0.0.1:8080", "--media", "7882", "--media-ip", IP,
                "--data", data, "--config", config]


class LiveKit(Server):
    port, udp = 7880, 7882
    generator = ["-kind", "livekit", "-url", "ws://127.0.0.1:7880", "-key", "devkey:" + SECRET]

    def command(self):
        return [self.program, "--config", self.configure("livekit.yaml")]


class Janus(Server):
    port = 8188
    generator = ["-kind", "janus", "-url", "ws://127.0.0.1:8188"]

    def command(self):
        for file in os.listdir(os.path.join(HERE, "janus")):
            self.configure("janus/" + file)
        return [self.program, "-F", self.work]


class Galene(Server):
    port, udp = 8443, 9100
    generator = ["-kind", "galene", "-url", "ws://127.0.0.1:8443/ws"]
    groups = 32  # the most rooms of a scenario

    def command(self):
        for folder in ("groups", "data", "static"):
            os.makedirs(os.path.join(self.work, folder), exist_ok=True)
        group = '{"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}, "codecs": ["vp8", "opus"]}'
        for place in range(self.groups):
            with open(os.path.join(self.work, "groups", "bench%d.json" % place), "w") as file:
                file.write(group)
        return [self.program, "-insecure", "-http", "127.0.0.1:%d" % self.port, "-udp-range", str(self.udp), "-turn", "",
                "-groups", "groups", "-data", "data", "-static", "static"]


def find(name, options):
    """The server of that name with its program, or None if this machine has none."""
    work = os.path.join(options.bin, "run", name)
    if name == "ours":
        return Ours(os.path.abspath(options.ours or os.path.join(options.release, "shanqiao")), work)
    if name == "livekit":
        program = os.path.join(options.bin, "livekit-server")
        return LiveKit(program, work) if os.path.exists(program) else None
    if name == "galene":
        built = os.path.join(options.bin, "galene")
        program = built if os.path.exists(built) else shutil.which("galene")
        return Galene(program, work) if program else None
    if name == "janus":
        program = shutil.which("janus")
        return Janus(program, work) if program else None
    return None
