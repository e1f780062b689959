"""What pages get of the vocabulary: words and looks in a script, colours as custom properties of the style."""

from __future__ import annotations

import re

from zzgeo.reporting.pages.page import asset, content
from zzgeo.vocabulary.pages import page_vocabulary, style_variables
from zzgeo.vocabulary.verdicts import LOOKS
from zzgeo.vocabulary.words import OF_PAGES


def test_pages_get_the_vocabulary_and_nothing_of_files_only():
    script, style = content("words.js"), content("zz.css")
    assert script.startswith("var zzVocabulary = {")
    assert style.startswith(style_variables())
    own = asset("zz.css")
    told = page_vocabulary()
    assert told["words"] == {name: list(pair) for name, pair in OF_PAGES.items()}
    assert set(told["verdicts"]) == set(LOOKS)
    for look in LOOKS.values():
        assert f"--{look.id}: {look.colour};" in style
        assert re.search(rf"var\(--{look.id}\)", own)
    variables = set(re.findall(r"var\(--([\w-]+)\)", style))
    assert variables == set(re.findall(r"--([\w-]+):", style))
