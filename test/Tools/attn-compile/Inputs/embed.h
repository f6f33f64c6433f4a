/* What the programs that embed the functions of embed.mlir share: problems, the
   definition to compare with, and a pool that runs tiles in random order. */
#ifndef EMBED_H
#define EMBED_H

#include "kernels.h"

#include <stddef.h>

enum { HEADS = 4, KEY_HEADS = 2, WIDTH = 16, VALUE_WIDTH = 24 };

/* The entry points of one function. */
typedef struct kernel {
  const char *name;
  double factor; /* of scores and of outputs */
  int32_t (*call)(const attn_f32_4d *, const attn_f32_4d *, const attn_f32_4d *,
                  const attn_f32_4d *, int32_t);
  int32_t (*call_in_workspace)(const attn_f32_4d *, const attn_f32_4d *,
                               const attn_f32_4d *, const attn_f32_4d *, void *,
                               int64_t, int32_t);
  int32_t (*workspace_size)(const attn_f32_4d *, const attn_f32_4d *,
                            const attn_f32_4d *, const attn_f32_4d *, int64_t *,
                            int64_t *);
  int32_t (*phases)(const attn_f32_4d *, const attn_f32_4d *,
                    const attn_f32_4d *, const attn_f32_4d *);
  int64_t (*grid)(const attn_f32_4d *, const attn_f32_4d *, const attn_f32_4d *,
                  const attn_f32_4d *, void *, int32_t);
  int32_t (*tile)(const attn_f32_4d *, const attn_f32_4d *, const attn_f32_4d *,
                  const attn_f32_4d *, void *, void *, int32_t, int64_t);
} kernel;

extern const kernel kernels[3];

/* One problem: tensors in the layout [batch, sequence, heads, width]. */
typedef struct problem {
  int length, key_length;
  attn_f32_4d q, k, v, o;
} problem;

problem make_problem(int length, int key_length, unsigned seed);
void free_problem(problem *p);
/* Makes the outputs NaN. */
void clear_outputs(problem *p);
size_t output_bytes(const problem *p);
/* The largest difference from the definition. */
double get_error(const problem *p, double factor);

/* Runs the tiles of `k` on `workers` threads, in an order that `seed` chooses,
   with `workspace` and one of `scratches` for each worker. Returns a status. */
int32_t run_on_pool(const kernel *k, const problem *p, int workers,
                    unsigned seed, void *workspace, char **scratches);

#endif
