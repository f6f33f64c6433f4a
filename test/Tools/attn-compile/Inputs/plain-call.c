/* Calls the function of scale-add.mlir, correctly and in every wrong way. */
#include "scale-add.h"
#include "scale-add.h" /* may be included twice */

#include <stdio.h>

enum { ROWS = 3, ELEMENTS = 2 * ROWS * 4 };

static float x_data[ELEMENTS], y_data[ELEMENTS], o_data[2 * ELEMENTS];

static attn_f32_3d make(float *data) {
  attn_f32_3d tensor;
  tensor.data = data;
  tensor.sizes[0] = 2;
  tensor.sizes[1] = ROWS;
  tensor.sizes[2] = 4;
  tensor.strides[0] = ROWS * 4;
  tensor.strides[1] = 4;
  tensor.strides[2] = 1;
  return tensor;
}

static int failures = 0;

static void expect(const char *what, int32_t found, int32_t expected) {
  if (found == expected)
    return;
  printf("%s: expected %d but found %d\n", what, (int)expected, (int)found);
  ++failures;
}

int main(void) {
  attn_f32_3d x = make(x_data), y = make(y_data), o = make(o_data);
  attn_f32_3d bad;
  int i, j, k;

  for (i = 0; i < ELEMENTS; ++i) {
    x_data[i] = (float)i;
    y_data[i] = 100.0f;
  }

  expect("call", scale_add(&x, &y, 2.0f, &o, 1), ATTN_STATUS_OK);
  for (i = 0; i < ELEMENTS; ++i)
    expect("element", (int32_t)o_data[i], 2 * i + 100);

  /* Outer strides of any value: rows of the output apart, one row of y for all,
     the planes of x in the other order. */
  o.strides[0] = 2 * ROWS * 4;
  o.strides[1] = 8;
  y.strides[0] = y.strides[1] = 0;
  x.data += ROWS * 4;
  x.strides[0] = -ROWS * 4;
  expect("strides", scale_add(&x, &y, 3.0f, &o, 1), ATTN_STATUS_OK);
  for (i = 0; i < 2; ++i)
    for (j = 0; j < ROWS; ++j)
      for (k = 0; k < 4; ++k)
        expect("strided element", (int32_t)o.data[i * 2 * ROWS * 4 + j * 8 + k],
               3 * ((1 - i) * ROWS * 4 + j * 4 + k) + 100);
  x = make(x_data);
  y = make(y_data);
  o = make(o_data);

  expect("null struct", scale_add(&x, NULL, 1.0f, &o, 1), ATTN_STATUS_NULL);
  bad = make(NULL);
  expect("null data", scale_add(&x, &bad, 1.0f, &o, 1), ATTN_STATUS_NULL);
  bad = make(y_data);
  bad.sizes[1] = ROWS - 1;
  expect("unequal size", scale_add(&x, &bad, 1.0f, &o, 1), ATTN_STATUS_SIZE);
  expect("output size", scale_add(&x, &y, 1.0f, &bad, 1), ATTN_STATUS_SIZE);
  bad = make(y_data);
  bad.sizes[2] = 5;
  expect("static size", scale_add(&x, &bad, 1.0f, &o, 1), ATTN_STATUS_SIZE);
  bad = make(y_data);
  bad.strides[2] = 2;
  expect("stride", scale_add(&x, &bad, 1.0f, &o, 1), ATTN_STATUS_STRIDE);

  x.sizes[1] = y.sizes[1] = o.sizes[1] = -1;
  expect("negative size", scale_add(&x, &y, 1.0f, &o, 1), ATTN_STATUS_SIZE);
  x.sizes[1] = y.sizes[1] = o.sizes[1] = 0;
  expect("no rows", scale_add(&x, &y, 1.0f, &o, 1), ATTN_STATUS_OK);
  x.data = y.data = o.data = NULL;
  expect("no data", scale_add(&x, &y, 1.0f, &o, 1), ATTN_STATUS_OK);

  printf("%d failures\n", failures);
  return failures != 0;
}
