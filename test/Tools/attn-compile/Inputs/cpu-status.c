/* Calls a function compiled with AVX-NE-CONVERT, wherever this runs. */
#include "scale-add.h"

#include <stdio.h>
#include <string.h>

/* Whether Linux says that this CPU has the instructions. */
static int has_instructions(void) {
  static char line[1 << 16];
  FILE *file = fopen("/proc/cpuinfo", "r");
  int found = 0;
  while (file && fgets(line, sizeof line, file))
    found = found || strstr(line, "avx_ne_convert") != NULL;
  if (file)
    fclose(file);
  return found;
}

int main(void) {
  float data[24] = {0};
  attn_f32_3d x;
  int32_t first, second;
  x.data = data;
  x.sizes[0] = 2;
  x.sizes[1] = 3;
  x.sizes[2] = 4;
  x.strides[0] = 12;
  x.strides[1] = 4;
  x.strides[2] = 1;
  first = scale_add(&x, &x, 1.0f, &x, 1);
  second = scale_add(&x, &x, 1.0f, &x, 1); /* from the kept answer */
  if (first == second &&
      first == (has_instructions() ? ATTN_STATUS_OK : ATTN_STATUS_CPU))
    printf("status as expected\n");
  else
    printf("unexpected status %d, then %d\n", (int)first, (int)second);
  return 0;
}
