"""The reference mix as a command of every tool, and what each tool lacks."""

from pathlib import Path

from benchmarks.ours import SCRIPT, peers
from benchmarks.peers import PIP, Peer, script
from benchmarks.sounds import Sounds

GRAPH = Path(__file__).with_name("reference_mix.yaml")


def _audiograph(sounds: Sounds, out: Path) -> list[str]:
    given = [f"voice={sounds.voice}", f"music={sounds.music}", f"length={sounds.length} s"]
    settings = [word for setting in given for word in ("--set", setting)]
    return [*SCRIPT, "render", str(GRAPH), "-q", "-o", str(out), *settings]


def _ffmpeg(sounds: Sounds, out: Path) -> list[str]:
    """With its default resampler, of a lower order than those of the others."""
    speech = "aresample=44100,acompressor=threshold=-24dB:ratio=3:attack=40:release=800:knee=1:detection=peak"
    bed = (
        "volume=-10dB,equalizer=f=2000:t=q:w=0.8:g=-4,lowpass=f=5000:p=1,"
        f"afade=t=in:d=2,afade=t=out:st={sounds.length - 2}:d=2"
    )
    mix = "amix=inputs=2:duration=first:normalize=0,alimiter=limit=-1dB:attack=5:release=50:level=0"
    graph = f"[0:a]{speech},pan=stereo|c0=c0|c1=c0[v];[1:a]{bed}[m];[v][m]{mix}"
    quiet = ["ffmpeg", "-loglevel", "error", "-nostdin", "-y"]
    inputs = ["-i", str(sounds.voice), "-stream_loop", "-1", "-i", str(sounds.music)]
    written = ["-c:a", "pcm_s16le", "-t", str(sounds.length), str(out)]
    return [*quiet, *inputs, "-filter_complex", graph, *written]


def _sox(sounds: Sounds, out: Path) -> list[str]:
    """Two commands piped into a third, on several cores. The limiter is a compander with a delay."""
    speech = f"|sox {sounds.voice} -p rate 44100 compand 0.01,0.2 -70,-70,-24,-24,0,-16 0 -90 remix 1 1"
    bed = (
        f"|sox {sounds.music} -p repeat - trim 0 {sounds.length} "
        f"vol -10dB equalizer 2000 0.8q -4 lowpass -1 5000 fade t 2 {sounds.length} 2"
    )
    limiter = ["compand", "0.0005,0.05", "-70,-70,-1,-1,0,-1", "0", "0", "0.01"]
    return ["sox", "-m", "-v", "1", speech, "-v", "1", bed, "-b", "16", str(out), *limiter]


PEERS = (
    *peers(_audiograph, "benchmarks.audiograph_mix"),
    Peer("sox", _sox, "apt-get install sox"),
    Peer("ffmpeg", _ffmpeg, "apt-get install ffmpeg"),
    Peer("pedalboard", script("benchmarks.pedalboard_mix"), PIP, "benchmarks.pedalboard_mix"),
    Peer(
        "pydub",
        script("benchmarks.pydub_mix"),
        PIP,
        "benchmarks.pydub_mix",
        longest=60,
        why="it takes 0.4 s for each second of sound, and holds whole files in memory",
        lacks="no peak equalizer, no limiter",
    ),
    Peer("scipy", install=PIP, lacks="no compressor, no limiter; its filters are among the nodes"),
    Peer("floor", mixes="benchmarks.floor", is_floor=True),
)
