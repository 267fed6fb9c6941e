/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line per row, in the order of the alphabet. A row is a WhyOp defined in the file of its
 * operator; several rows of one operator read different opsets. */
#include "ops/op.h"

#include <string.h>

#define WHY_OP_ROWS(ROW)

#define DECLARE(name) extern const WhyOp why_op_##name;
WHY_OP_ROWS (DECLARE)
#undef DECLARE

#define POINT(name) &why_op_##name,
static const WhyOp *const op_table[] = { WHY_OP_ROWS (POINT) NULL };
#undef POINT

const WhyOp *const *
why_op_table (gsize *n)
{
  *n = G_N_ELEMENTS (op_table) - 1;
  return op_table;
}

const WhyOp *
why_op_lookup (const gchar *name, gint opset)
{
  for (gsize i = 0; i + 1 < G_N_ELEMENTS (op_table); i++)
    {
      const WhyOp *op = op_table[i];
      if (strcmp (op->name, name) == 0 && opset >= op->since
          && (op->until == 0 || opset <= op->until))
        return op;
    }
  return NULL;
}
