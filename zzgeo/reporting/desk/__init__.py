"""Files for the desk: workbook, map layers, pictures, document, slides."""

import logging

# matplotlib tells of its folder and its fonts on standard error where nobody has set up a log; `zzgeo doctor` tells it
logging.getLogger("matplotlib").addHandler(logging.NullHandler())
