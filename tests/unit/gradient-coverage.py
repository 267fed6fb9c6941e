# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: gradient-coverage.py LIST-GRADIENTS TEST...

Every operator that passes gradients on is compared with finite differences by one of the TESTs
(double precision), which say so on the way.
"""
import re
import subprocess
import sys

# Rounding has no derivative: straight-through by definition, checked number by number in
# test-ops-quant.c; the casts in test-ops-elementwise.c.
BY_DEFINITION = {"Cast", "CastLike", "ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger",
                 "QLinearConv", "QLinearMatMul", "QuantizeLinear"}


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout


def main():
    differentiable = sorted(set(output(sys.argv[1]).split()))
    checked = set()
    for test in sys.argv[2:]:
        checked |= set(re.findall(r"finite differences: (\S+)", output(test)))
    for number, name in enumerate(differentiable, 1):
        covered = name in checked or name in BY_DEFINITION
        print(f"{'ok' if covered else 'not ok'} {number} - {name} against finite differences"
              + (" (straight-through by definition)" if name in BY_DEFINITION else ""))
    print(f"1..{len(differentiable)}")
    return 0 if differentiable and set(differentiable) <= checked | BY_DEFINITION else 1


sys.exit(main())
