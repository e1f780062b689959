"""What several kinds of rule share, on cities that can be reckoned by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from zzgeo.rules.parts.units import SPELLINGS, says


@pytest.mark.parametrize("word", SPELLINGS)
def test_every_spelling_says_its_word(word):
    assert says(pd.Series([word, word.upper(), f" {word} ", *SPELLINGS[word]]), word).all()
    assert not says(pd.Series([None, np.nan, "", "其他"]), word).any()
