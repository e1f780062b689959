"""The documentation as a site: ``python -m sphinx -W -b html docs site``; it opens from a folder, with no network.

Sphinx, because numpydoc reads the docstrings of this project as they are written, and because the pages and the index
of its search are files that ask nothing of anybody.
"""

project = "zzgeo"
author = "zzgeo"
copyright = "zzgeo, MIT"
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx_copybutton"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["benchmarks", "**/.ipynb_checkpoints"]
myst_heading_anchors = 3
myst_enable_extensions = ["deflist", "colon_fence", "attrs_block"]

language = "en"
nitpicky = False
autodoc_typehints = "none"  # numpydoc's tables say them in words
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "furo"
html_title = "zzgeo"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
copybutton_exclude = ".linenos, .gp, .go"
toc_object_entries = False
