/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included once per instruction set: the transforms of Winograd's F(2×2,3×3) and F(4×4,3×3), each
 * one-dimensional transform applied to columns, then rows, a vector of channels at a time. A scalar
 * tail uses the same code with one lane. */

/* Bᵀ d for F(4,3): points 0, ±1, ±2, ∞. */
#define INPUT_4(T, d, s, o)                                                                        \
  do                                                                                               \
    {                                                                                              \
      T d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s], d4 = d[4 * s], d5 = d[5 * s];          \
      T a = d4 - 4 * d2, b = d3 - 4 * d1, e = d4 - d2, f = 2 * (d3 - d1);                          \
      o[0] = 4 * d0 - 5 * d2 + d4;                                                                 \
      o[s] = a + b;                                                                                \
      o[2 * s] = a - b;                                                                            \
      o[3 * s] = e + f;                                                                            \
      o[4 * s] = e - f;                                                                            \
      o[5 * s] = 4 * d1 - 5 * d3 + d5;                                                             \
    }                                                                                              \
  while (0)

/* Bᵀ d for F(2,3): points 0, ±1, ∞. */
#define INPUT_2(T, d, s, o)                                                                        \
  do                                                                                               \
    {                                                                                              \
      T d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s];                                        \
      o[0] = d0 - d2;                                                                              \
      o[s] = d1 + d2;                                                                              \
      o[2 * s] = d2 - d1;                                                                          \
      o[3 * s] = d1 - d3;                                                                          \
    }                                                                                              \
  while (0)

/* Aᵀ m for F(4,3) and F(2,3): s steps through the input, r through the output. */
#define OUTPUT_4(T, m, s, o, r)                                                                    \
  do                                                                                               \
    {                                                                                              \
      T m0 = m[0], m5 = m[5 * s];                                                                  \
      T p = m[s] + m[2 * s], q = m[s] - m[2 * s], u = m[3 * s] + m[4 * s],                         \
        v = m[3 * s] - m[4 * s];                                                                   \
      o[0] = m0 + p + u;                                                                           \
      o[r] = q + 2 * v;                                                                            \
      o[2 * r] = p + 4 * u;                                                                        \
      o[3 * r] = q + 8 * v + m5;                                                                   \
    }                                                                                              \
  while (0)

#define OUTPUT_2(T, m, s, o, r)                                                                    \
  do                                                                                               \
    {                                                                                              \
      T m1 = m[s], m2 = m[2 * s];                                                                  \
      o[0] = m[0] + m1 + m2;                                                                       \
      o[r] = m1 - m2 - m[3 * s];                                                                   \
    }                                                                                              \
  while (0)

#define DEFINE_WINOGRAD(SUFFIX, T, GET, PUT, SPLAT, CLAMP, M, N, INPUT, OUTPUT)                    \
  static inline void input_tile_##SUFFIX##_##M (const WhyWinograd *w, gint64 t, gint64 c)          \
  {                                                                                                \
    T d[N * N], x[N * N], y[N * N];                                                                \
    for (gint i = 0; i < N * N; i++)                                                               \
      d[i] = GET (w->in[t * N * N + i] + c);                                                       \
    for (gint i = 0; i < N; i++)                                                                   \
      INPUT (T, (d + i), N, (x + i));                                                              \
    for (gint i = 0; i < N; i++)                                                                   \
      INPUT (T, (x + i * N), 1, (y + i * N));                                                      \
    for (gint i = 0; i < N * N; i++)                                                               \
      PUT (w->transformed + (i * w->tiles + t) * w->channels + c, y[i]);                           \
  }                                                                                                \
  static inline void output_tile_##SUFFIX##_##M (const WhyWinograd *w, gint64 t, gint64 c)         \
  {                                                                                                \
    T m[N * N], x[M * N], y[M * M];                                                                \
    for (gint i = 0; i < N * N; i++)                                                               \
      m[i] = GET (w->transformed + (i * w->tiles + t) * w->channels + c);                          \
    for (gint i = 0; i < N; i++)                                                                   \
      OUTPUT (T, (m + i), N, (x + i), N);                                                          \
    for (gint i = 0; i < M; i++)                                                                   \
      OUTPUT (T, (x + i * N), 1, (y + i * M), 1);                                                  \
    for (gint i = 0; i < M * M; i++)                                                               \
      {                                                                                            \
        WhyReal *out = w->out[t * M * M + i];                                                      \
        T sum = y[i];                                                                              \
        if (!out)                                                                                  \
          continue;                                                                                \
        if (w->bias)                                                                               \
          sum += GET (w->bias + c);                                                                \
        if (w->residual)                                                                           \
          sum += GET (out + c + w->residual);                                                      \
        if (w->accumulate)                                                                         \
          sum += GET (out + c);                                                                    \
        if (w->clamp)                                                                              \
          sum = CLAMP (sum, SPLAT (w->low), SPLAT (w->high));                                      \
        PUT (out + c, sum);                                                                        \
      }                                                                                            \
  }

#define GET_ONE(p) (*(p))
#define PUT_ONE(p, v) (*(p) = (v))
#define SPLAT_ONE(x) (x)
#define CLAMP_ONE(x, low, high) MIN (MAX (x, low), high)
#define CLAMP_VEC(x, low, high) why_vec_min (why_vec_max (x, low), high)

DEFINE_WINOGRAD (vec, WhyVec, WHY_LOAD, WHY_STORE, WHY_SPLAT, CLAMP_VEC, 4, 6, INPUT_4, OUTPUT_4)
DEFINE_WINOGRAD (vec, WhyVec, WHY_LOAD, WHY_STORE, WHY_SPLAT, CLAMP_VEC, 2, 4, INPUT_2, OUTPUT_2)
DEFINE_WINOGRAD (one, WhyReal, GET_ONE, PUT_ONE, SPLAT_ONE, CLAMP_ONE, 4, 6, INPUT_4, OUTPUT_4)
DEFINE_WINOGRAD (one, WhyReal, GET_ONE, PUT_ONE, SPLAT_ONE, CLAMP_ONE, 2, 4, INPUT_2, OUTPUT_2)

#define RUN_TILES(KIND)                                                                            \
  static void run_winograd_##KIND (const WhyWinograd *w)                                           \
  {                                                                                                \
    for (gint64 t = 0; t < w->tiles; t++)                                                          \
      {                                                                                            \
        gint64 c = 0;                                                                              \
        for (; c + WHY_LANES <= w->channels; c += WHY_LANES)                                       \
          if (w->m == 4)                                                                           \
            KIND##_tile_vec_4 (w, t, c);                                                           \
          else                                                                                     \
            KIND##_tile_vec_2 (w, t, c);                                                           \
        for (; c < w->channels; c++)                                                               \
          if (w->m == 4)                                                                           \
            KIND##_tile_one_4 (w, t, c);                                                           \
          else                                                                                     \
            KIND##_tile_one_2 (w, t, c);                                                           \
      }                                                                                            \
  }

RUN_TILES (input)
RUN_TILES (output)
