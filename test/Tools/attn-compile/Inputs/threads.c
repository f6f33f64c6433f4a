/* Calls the function of attention.mlir, compiled with OpenMP, with different
   numbers of threads. OpenMP keeps its threads, so their number can be counted
   after a call. */
#include "attention.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum { LENGTH = 64, QUERY = 4 * LENGTH * 16, VALUE = 2 * LENGTH * 24 };
enum { OUTPUT = 4 * LENGTH * 24 };

static float q[QUERY], k[QUERY / 2], v[VALUE], o[OUTPUT], first[OUTPUT];

static attn_f32_4d make(float *data, int heads, int width) {
  attn_f32_4d tensor;
  tensor.data = data;
  tensor.sizes[0] = 1;
  tensor.sizes[1] = heads;
  tensor.sizes[2] = LENGTH;
  tensor.sizes[3] = width;
  tensor.strides[0] = (int64_t)heads * LENGTH * width;
  tensor.strides[1] = (int64_t)LENGTH * width;
  tensor.strides[2] = width;
  tensor.strides[3] = 1;
  return tensor;
}

static int count_threads(void) {
  DIR *directory = opendir("/proc/self/task");
  int count = 0;
  while (directory && readdir(directory))
    ++count;
  if (directory)
    closedir(directory);
  return count - 2; /* for . and .. */
}

int main(void) {
  static const int numbers[] = {1, 2, 3, 0};
  attn_f32_4d tq = make(q, 4, 16), tk = make(k, 2, 16);
  attn_f32_4d tv = make(v, 2, 24), to = make(o, 4, 24);
  int i, status;
  for (i = 0; i < QUERY; ++i)
    q[i] = (float)(i * 7919 % 1009) / 504.5f - 1.0f;
  for (i = 0; i < QUERY / 2; ++i)
    k[i] = (float)(i * 6101 % 1013) / 506.5f - 1.0f;
  for (i = 0; i < VALUE; ++i)
    v[i] = (float)(i * 4211 % 1019) / 509.5f - 1.0f;

  for (i = 0; i < 4; ++i) {
    memset(o, 0xff, sizeof o);
    status = (int)attention(&tq, &tk, &tv, &to, numbers[i]);
    printf("%d threads: status %d, %d used", numbers[i], status,
           count_threads());
    if (i == 0)
      memcpy(first, o, sizeof o);
    else
      printf(memcmp(first, o, sizeof o) ? ", other bits" : ", same bits");
    printf("\n");
  }
  return 0;
}
