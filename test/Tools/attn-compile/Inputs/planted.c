/* Calls planted(.., INDEX, ..) of four elements from two threads that share the
   output. */
#include "planted.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static attn_f32_1d x, y;
static int64_t place;

static void *call(void *unused) {
  (void)unused;
  planted(&x, place, &y, &y, 1);
  return NULL;
}

static attn_f32_1d make(void) {
  attn_f32_1d tensor = {calloc(4, sizeof(float)), {4}, {1}};
  return tensor;
}

int main(int argc, char **argv) {
  pthread_t threads[2];
  int i;
  place = argc > 1 ? atoi(argv[1]) : 0;
  x = make();
  y = make();
  for (i = 0; i < 2; ++i)
    if (pthread_create(&threads[i], NULL, call, NULL))
      return 1;
  for (i = 0; i < 2; ++i)
    pthread_join(threads[i], NULL);
  free(x.data);
  free(y.data);
  puts("done");
  return 0;
}
