/* Calls the function of attention.mlir at several lengths, with the layout
   [batch, sequence, heads, width], and compares with the definition. */
#include "attention.h"

#include <math.h>
#include <stdio.h>

enum {
  HEADS = 4,
  KEY_HEADS = 2,
  WIDTH = 16,
  VALUE_WIDTH = 24,
  MAX_LENGTH = 100
};

static float q[MAX_LENGTH * HEADS * WIDTH];
static float k[MAX_LENGTH * KEY_HEADS * WIDTH];
static float v[MAX_LENGTH * KEY_HEADS * VALUE_WIDTH];
static float o[MAX_LENGTH * HEADS * VALUE_WIDTH];

static unsigned state = 1;

static void fill(float *data, int count) {
  int i;
  for (i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    data[i] = (float)(state >> 8) / 8388608.0f - 1.0f;
  }
}

static attn_f32_4d make(float *data, int heads, int length, int width) {
  attn_f32_4d tensor;
  tensor.data = data;
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

/* One row of the output by the definition; returns the largest difference. */
static double check_row(int h, int i, int length, int key_length) {
  int key_head = h / (HEADS / KEY_HEADS), last = i + key_length - length;
  double weights[MAX_LENGTH], largest = -INFINITY, sum = 0.0, error = 0.0;
  int j, d;
  for (j = 0; j <= last; ++j) {
    weights[j] = 0.0;
    for (d = 0; d < WIDTH; ++d)
      weights[j] += (double)q[(i * HEADS + h) * WIDTH + d] *
                    k[(j * KEY_HEADS + key_head) * WIDTH + d] / 4.0;
    largest = weights[j] > largest ? weights[j] : largest;
  }
  for (j = 0; j <= last; ++j)
    sum += weights[j] = exp(weights[j] - largest);
  for (d = 0; d < VALUE_WIDTH; ++d) {
    double expected = 0.0, found = o[(i * HEADS + h) * VALUE_WIDTH + d];
    for (j = 0; j <= last; ++j)
      expected +=
          weights[j] / sum * v[(j * KEY_HEADS + key_head) * VALUE_WIDTH + d];
    error = fabs(found - expected) > error ? fabs(found - expected) : error;
    if (found != found)
      error = INFINITY;
  }
  return error;
}

static int check(int length, int key_length) {
  attn_f32_4d tq = make(q, HEADS, length, WIDTH);
  attn_f32_4d tk = make(k, KEY_HEADS, key_length, WIDTH);
  attn_f32_4d tv = make(v, KEY_HEADS, key_length, VALUE_WIDTH);
  attn_f32_4d to = make(o, HEADS, length, VALUE_WIDTH);
  double error = 0.0, row;
  int h, i, status;
  for (i = 0; i < MAX_LENGTH * HEADS * VALUE_WIDTH; ++i)
    o[i] = (float)NAN;
  status = (int)attention(&tq, &tk, &tv, &to, 1);
  for (h = 0; h < HEADS; ++h)
    for (i = 0; i < length; ++i) {
      row = check_row(h, i, length, key_length);
      error = row > error ? row : error;
    }
  printf("T=%d S=%d: status %d, error %s 2e-5\n", length, key_length, status,
         error <= 2e-5 ? "at most" : "above");
  return status;
}

int main(void) {
  fill(q, MAX_LENGTH * HEADS * WIDTH);
  fill(k, MAX_LENGTH * KEY_HEADS * WIDTH);
  fill(v, MAX_LENGTH * KEY_HEADS * VALUE_WIDTH);
  check(64, 64);
  check(7, 100);
  check(1, 1);
  check(5, 3);
  check(0, 9);
  return 0;
}
