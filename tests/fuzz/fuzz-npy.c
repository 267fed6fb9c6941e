/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A raw map as it is read back from a layer's parasite. */
#include "fuzz.h"

#include "whylayer/explanation.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyTensor) tensor = why_npy_read (bytes, &error);

  g_assert_true ((tensor != NULL) == (error == NULL));
  return 0;
}

void
fuzz_add_seeds (GPtrArray *seeds)
{
  const WhyShape shapes[] = { WHY_SHAPE (1, 3, 5), WHY_SHAPE (3, 2, 4) };

  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_autoptr (WhyTensor) tensor = why_tensor_new (WHY_DTYPE_FLOAT, &shapes[i]);
      g_ptr_array_add (seeds, why_npy_write (tensor));
    }
}
