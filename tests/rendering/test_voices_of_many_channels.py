"""Whole mixes keep their voice, whatever channels its file has."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

import audiograph

GRAPHS = Path(__file__).parents[2] / "graphs"


@pytest.fixture(scope="module")
def speech():
    x, rate = soundfile.read(GRAPHS / "audio" / "guest.flac", dtype="float32")
    return x[: 4 * rate], rate


def mixed(graph, voice):
    name = "lesson" if graph == "lecture" else "voice"
    sound, _ = audiograph.render(GRAPHS / f"{graph}.yaml", **{name: voice})
    return sound


@pytest.mark.parametrize("graph", ["voice_over", "lecture"])
@pytest.mark.parametrize("kind", ["opposite", "centre", "joined"])
def test_the_voice_is_in_the_mix(graph, kind, speech):
    x, rate = speech
    zero = np.zeros_like(x)
    sound = {
        "opposite": [x, -x],
        "centre": [zero, zero, x * np.float32(2**0.5), zero + np.float32(0.1), zero, zero],  # 5.1
        "joined": [
            x,
            np.float32(0.9) * np.where(np.arange(len(x)) < 2 * rate, x, -x),
        ],  # takes of two polarities
    }[kind]
    want, got = mixed(graph, (x, rate)), mixed(graph, (np.array(sound, np.float32), rate))
    np.testing.assert_allclose(got, want, atol=2e-4)
