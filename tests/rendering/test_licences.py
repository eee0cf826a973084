"""The names of licences: one licence has many spellings, and none of them is another licence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiograph.rendering.credits import licence

NAMES = [
    "CC0",
    "public domain",
    "CC-BY",
    "CC-BY-SA",
    "CC-BY-NC",
    "CC-BY-ND",
    "CC-BY-NC-SA",
    "CC-BY-NC-ND",
    "MIT",
]


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        (
            "CC-BY 3.0",
            ["CC-BY 3.0", "CC BY 3.0", "cc-by-3.0", "Attribution 3.0", "CC BY 3", "CC-BY-3.0-US",
             "Creative Commons Attribution 3.0 Unported License", "licensed under CC BY 3.0",
             "https://creativecommons.org/licenses/by/3.0/", "http://creativecommons.org/licenses/by/3.0/deed.de",
             "CC BY 3.0 (https://creativecommons.org/licenses/by/3.0/)"],
        ),
        (
            "CC-BY-NC-SA 4.0",
            ["CC BY-NC-SA 4.0", "Attribution-NonCommercial-ShareAlike 4.0 International (CC BY-NC-SA 4.0)",
             "attribution, non-commercial, share-alike 4.0", "CC-BY-SA-NC 4.0"],
        ),
        ("CC-BY-ND 2.5", ["CC BY-ND 2.5", "Attribution-NoDerivs 2.5", "Attribution - No Derivatives 2.5"]),
        (
            "CC0 1.0",
            ["CC0 1.0", "CC0-1.0", "CC0 1.0 Universal", "Creative Commons Zero 1.0",
             "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication",
             "https://creativecommons.org/publicdomain/zero/1.0/"],
        ),
        (
            "public domain",
            ["PD", "Public Domain", "public-domain", "Public Domain Mark 1.0",
             "http://creativecommons.org/publicdomain/mark/1.0/"],
        ),
        ("Apache-2.0", ["Apache-2.0"]),
    ],
)  # fmt: skip
def test_one_licence_has_many_spellings(name, spellings):
    assert {str(licence(text)) for text in spellings} == {name}
    assert len({licence(text).key for text in spellings}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "All rights reserved by Ann", "by", "CC", "zero", "CC-BY, not for adverts", "no CC-BY",
        "CC BY 3.0 or CC BY 4.0", "CC-BY-NC https://creativecommons.org/licenses/by/3.0/", "Sampling+ 1.0",
        "public domain in Canada", "not CC0", "CC0 / CC BY", "CC-BY-SA-ND 4.0", "???",
        "royalty free", "CC BY or GPL",
    ],
)  # fmt: skip
def test_a_text_that_is_more_or_less_than_a_name_is_never_allowed(text):
    assert not any(licence(name).allows(licence(text)) for name in NAMES)
    assert str(licence(text)) == text


@pytest.mark.parametrize("one", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_a_name_allows_every_version_of_itself_and_nothing_else(one, other):
    assert licence(one).allows(licence(f"{other} 3.0")) == (one == other)


def test_a_version_allows_itself_alone():
    assert licence("CC BY 3.0").allows(licence("cc-by-3.0"))
    assert not licence("CC BY 3.0").allows(licence("CC BY 4.0"))
    assert not licence("CC BY 3.0").allows(licence("CC BY"))


def test_other_licences_go_by_their_words():
    assert licence("Apache-2.0").allows(licence("Apache License, Version 2.0"))
    assert licence("pixabay").allows(licence("Pixabay License"))
    assert not licence("GPL-2.0").allows(licence("LGPL-2.0"))


def test_free_licences_need_no_credit_and_deeds_are_known():
    assert [name for name in NAMES if licence(name).is_free] == ["CC0", "public domain"]
    assert licence("CC BY-SA 4.0").deed == "https://creativecommons.org/licenses/by-sa/4.0/"
    assert licence("CC BY").deed == licence("MIT").deed == licence("PD").deed == ""
    assert licence("CC0").deed == "https://creativecommons.org/publicdomain/zero/1.0/"


@given(st.text(max_size=60))
def test_any_text_is_a_licence_that_reads_back_as_itself(text):
    found = licence(text)
    assert licence(str(found)).key == found.key or len(str(found)) < len(" ".join(text.split()))
