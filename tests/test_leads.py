"""A slice of the table that `python -m benchmarks.leads` prints, with sounds of the project."""

from pathlib import Path

import pytest

from benchmarks import leads

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("level", [pytest.param(0, marks=pytest.mark.slow), -20])
def test_in_every_ready_made_mix_the_voice_leads_by_7_to_9_lu(level):
    voice, music = ROOT / "tests/data/speech.mp3", ROOT / "tests/data/music.ogg"
    found = list(leads.leads(voice, music, level))
    assert {each.mix for each in found} == {*leads.NODES, *leads.GRAPHS}
    assert [each for each in found if not each.holds] == []
    *_, last = leads.rows(found, [music.name])
    assert "8.0" in last and "!" not in last and leads.verdict(found).endswith("6 of 6 as they should be")
