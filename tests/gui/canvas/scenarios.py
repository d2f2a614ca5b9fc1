"""For each command of the canvas: what is there, what is typed behind its key, and what has come of it.

`SCENARIOS` is keyed by the command's id; `test_every_command.py` plays each by its real key in a real window, outside and inside a block,
and fails for a command that has none. A new command gets its scenario in the file of its family.
"""

from scenarios_blocks import BLOCKS
from scenarios_look import LOOK
from scenarios_nodes import NODES
from scenarios_order import ORDER
from scenarios_select import SELECT
from scenarios_wires import WIRES

SCENARIOS = WIRES | SELECT | NODES | BLOCKS | ORDER | LOOK
