/* Problems and the definition, see embed.h. */
#include "embed.h"

#include <math.h>
#include <stdlib.h>

#define KERNEL(name, factor)                                                   \
  {#name,                                                                      \
   factor,                                                                     \
   name,                                                                       \
   name##_in_workspace,                                                        \
   name##_workspace_size,                                                      \
   name##_phases,                                                              \
   name##_grid,                                                                \
   name##_tile}

const kernel kernels[3] = {KERNEL(whole, 1.0), KERNEL(split, 1.0),
                           KERNEL(layer, 2.0)};

static attn_f32_4d make_tensor(int heads, int length, int width,
                               unsigned *state) {
  attn_f32_4d tensor;
  int i, count = heads * length * width;
  tensor.data = malloc((size_t)count * sizeof(float) + 1);
  if (!tensor.data)
    abort();
  for (i = 0; i < count; ++i) {
    *state = *state * 1664525u + 1013904223u;
    tensor.data[i] = (float)(*state >> 8) / 8388608.0f - 1.0f;
  }
  tensor.sizes[0] = 1;
  tensor.sizes[1] = heads;
  tensor.sizes[2] = length;
  tensor.sizes[3] = width;
  tensor.strides[0] = (int64_t)length * heads * width;
  tensor.strides[1] = width;
  tensor.strides[2] = (int64_t)heads * width;
  tensor.strides[3] = 1;
  return tensor;
}

problem make_problem(int length, int key_length, unsigned seed) {
  problem p;
  p.length = length;
  p.key_length = key_length;
  p.q = make_tensor(HEADS, length, WIDTH, &seed);
  p.k = make_tensor(KEY_HEADS, key_length, WIDTH, &seed);
  p.v = make_tensor(KEY_HEADS, key_length, VALUE_WIDTH, &seed);
  p.o = make_tensor(HEADS, length, VALUE_WIDTH, &seed);
  return p;
}

void free_problem(problem *p) {
  free(p->q.data);
  free(p->k.data);
  free(p->v.data);
  free(p->o.data);
}

size_t output_bytes(const problem *p) {
  return (size_t)p->length * HEADS * VALUE_WIDTH * sizeof(float);
}

void clear_outputs(problem *p) {
  size_t i;
  for (i = 0; i < output_bytes(p) / sizeof(float); ++i)
    p->o.data[i] = (float)NAN;
}

/* One row of the output by the definition; returns the largest difference. */
static double get_row_error(const problem *p, double factor, int h, int i,
                            double *weights) {
  int key_head = h / (HEADS / KEY_HEADS), last = i + p->key_length - p->length;
  const float *q = p->q.data + (i * HEADS + h) * WIDTH;
  const float *o = p->o.data + (i * HEADS + h) * VALUE_WIDTH;
  double largest = -INFINITY, sum = 0.0, error = 0.0;
  int j, d;
  for (j = 0; j <= last; ++j) {
    const float *k = p->k.data + (j * KEY_HEADS + key_head) * WIDTH;
    weights[j] = 0.0;
    for (d = 0; d < WIDTH; ++d)
      weights[j] += factor * q[d] * k[d] / 4.0;
    largest = weights[j] > largest ? weights[j] : largest;
  }
  for (j = 0; j <= last; ++j)
    sum += weights[j] = exp(weights[j] - largest);
  for (d = 0; d < VALUE_WIDTH; ++d) {
    double expected = 0.0;
    for (j = 0; j <= last; ++j)
      expected += factor * weights[j] / sum *
                  p->v.data[(j * KEY_HEADS + key_head) * VALUE_WIDTH + d];
    /* A NaN is an infinite difference. */
    if (!(fabs(o[d] - expected) <= error))
      error = o[d] == o[d] ? fabs(o[d] - expected) : INFINITY;
  }
  return error;
}

double get_error(const problem *p, double factor) {
  double *weights = malloc(((size_t)p->key_length + 1) * sizeof(double));
  double error = 0.0;
  int h, i;
  if (!weights)
    abort();
  for (h = 0; h < HEADS; ++h)
    for (i = 0; i < p->length; ++i) {
      double row = get_row_error(p, factor, h, i, weights);
      error = row > error ? row : error;
    }
  free(weights);
  return error;
}
