/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usage: list-gradients: the operators that pass gradients on, one a line. */
#include <stdio.h>

#include "ops/op.h"

int
main (void)
{
  gsize n;
  const WhyOp *const *ops = why_op_table (&n);

  for (gsize i = 0; i < n; i++)
    if (ops[i]->backward)
      puts (ops[i]->name);
  return 0;
}
