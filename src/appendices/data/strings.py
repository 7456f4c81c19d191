"""Text in tables is kept as Python's own strings, whether or not pyarrow is installed.

pandas takes pyarrow for text where it finds it. Importing this module, as whatever reads tables
does, makes that no matter.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

pd.set_option("mode.string_storage", "python")
TEXT = pd.StringDtype("python", na_value=np.nan)
