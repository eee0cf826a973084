"""Sound files in a mix."""

import numpy as np
import pytest
import soundfile
import soxr
from timelines import assert_seeks, heard, made, noise

from audiograph.errors import AudioFileError, NodeError
from audiograph.nodes.source import source

RATE = 44_100
X = noise(2, 30_000)


@pytest.fixture
def path(tmp_path):
    soundfile.write(tmp_path / "x.wav", X.T, RATE, "FLOAT")
    return tmp_path / "x.wav"


def played(path, rate=RATE, **params):
    return made(source, rate=rate, file=path, **params)


def test_it_plays_the_file(path):
    sound = played(path)
    assert (sound.channels, sound.frames, sound.start, sound.spans) == (2, 30_000, 0, ((0, 30_000),))
    assert heard(sound).tobytes() == X.tobytes()


def test_it_plays_a_part(path):
    y = heard(played(path, start=5000 / RATE, end=12_345 / RATE))
    np.testing.assert_array_equal(y, X[:, 5000:12_345])


def test_an_end_beyond_the_file_is_its_end(path):
    assert played(path, end=99).frames == 30_000


@pytest.mark.parametrize(
    ("channels", "want"), [("left", X[:1]), ("right", X[1:]), ("mono", X.mean(axis=0, keepdims=True))]
)
def test_channels_can_be_picked(path, channels, want):
    sound = played(path, channels=channels)
    assert sound.channels == 1
    np.testing.assert_allclose(heard(sound), want, atol=1e-7)


def test_it_has_a_gain(path):
    np.testing.assert_allclose(heard(played(path, gain=-20)), X / 10, rtol=1e-6)


def test_it_is_resampled_to_the_rate_of_the_mix(path):
    y = heard(played(path, 48_000))
    want = soxr.resample(X.T, RATE, 48_000).T
    assert y.shape[1] == round(30_000 * 48_000 / RATE)
    np.testing.assert_allclose(y[:, : want.shape[1]], want[:, : y.shape[1]], atol=1e-6)


def test_every_frame_can_be_had_without_those_before(path):
    assert_seeks(played(path, start=0.1, channels="mono", gain=-3), (0, 1, 16_384, 20_000, 25_589))


def test_a_part_of_a_resampled_file_is_that_part_of_the_whole(path):
    whole, part = heard(played(path, 48_000)), heard(played(path, 48_000, start=0.25))
    np.testing.assert_allclose(part, whole[:, 12_000:], atol=1e-6)


def test_what_plays_nothing_is_refused(path):
    with pytest.raises(NodeError, match=r"plays nothing of .*x.wav, which is 0.68"):
        played(path, start=2)
    with pytest.raises(NodeError, match="plays nothing"):
        played(path, start=0.5, end=0.25)


def test_a_mono_file_has_no_right_channel(tmp_path):
    soundfile.write(tmp_path / "mono.wav", X[0], RATE)
    with pytest.raises(NodeError, match="is mono"):
        played(tmp_path / "mono.wav", channels="right")
    assert played(tmp_path / "mono.wav", channels="left").channels == 1


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(AudioFileError, match=r"no\.wav"):
        played(tmp_path / "no.wav")
