"""A folder whose pictures are read as they come: `arrivals` sees them, `taking` takes each once, `results` tells.

FOLDER/hub.jpg            it has stopped growing
FOLDER/.castmark/...      taken: nobody writes to it any more
FOLDER/done/hub.jpg       read, recorded, and its result beside it
"""
