/* Runs every kernel of embed.mlir by the plain call, in a workspace and on a
   pool of threads: always the same bits, and no allocation where memory is
   given. */
#include "embed.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORKERS = 7, CALLERS = 4, ODD = 4 };

/* The linker sends all calls of malloc and its kind here. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long allocations;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) {
  pthread_mutex_lock(&mutex);
  ++allocations;
  pthread_mutex_unlock(&mutex);
  return __real_malloc(size);
}

/* Memory that begins at an odd place and is full of garbage. */
static char *get_memory(int64_t size) {
  char *memory = malloc((size_t)size + ODD);
  if (!memory)
    abort();
  memset(memory, 0xa5, (size_t)size + ODD);
  return memory + ODD;
}

static void free_memory(char *memory) { free(memory - ODD); }

static int failures;

static void expect(int condition, const char *name, const char *what) {
  if (condition)
    return;
  ++failures;
  printf("%s: %s\n", name, what);
}

static int32_t call(const kernel *k, const problem *p) {
  return k->call(&p->q, &p->k, &p->v, &p->o, 1);
}

static int32_t call_in(const kernel *k, const problem *p, void *workspace,
                       int64_t size) {
  return k->call_in_workspace(&p->q, &p->k, &p->v, &p->o, workspace, size, 1);
}

static void get_size(const kernel *k, const problem *p, int64_t *shared,
                     int64_t *per_worker) {
  expect(k->workspace_size(&p->q, &p->k, &p->v, &p->o, shared, per_worker) == 0,
         k->name, "no size of a workspace");
}

/* The call in a workspace: the bits of the plain call, nothing allocated, and a
   status if there is too little. */
static void check_workspace(const kernel *k, problem *p,
                            const float *expected) {
  int64_t shared, per_worker, size;
  char *workspace;
  long before;
  get_size(k, p, &shared, &per_worker);
  size = shared + per_worker;
  workspace = get_memory(size);
  clear_outputs(p);
  before = allocations;
  expect(call_in(k, p, workspace, size) == ATTN_STATUS_OK, k->name,
         "status in a workspace");
  expect(allocations == before, k->name, "allocates despite a workspace");
  expect(!memcmp(p->o.data, expected, output_bytes(p)), k->name,
         "other bits in a workspace");
  if (size > 0)
    expect(call_in(k, p, workspace, size / 2) == ATTN_STATUS_WORKSPACE, k->name,
           "too small a workspace is used");
  free_memory(workspace);
}

static void check_pool(const kernel *k, problem *p, const float *expected) {
  static const int numbers[] = {1, 2, 3, 7};
  int64_t shared, per_worker;
  char *workspace, *scratches[MAX_WORKERS];
  long before;
  int i;
  get_size(k, p, &shared, &per_worker);
  workspace = get_memory(shared);
  for (i = 0; i < MAX_WORKERS; ++i)
    scratches[i] = get_memory(per_worker);
  for (i = 0; i < 4; ++i) {
    clear_outputs(p);
    before = allocations;
    expect(run_on_pool(k, p, numbers[i], (unsigned)i, workspace, scratches) ==
               0,
           k->name, "status on a pool");
    expect(allocations == before, k->name, "a tile allocates");
    expect(!memcmp(p->o.data, expected, output_bytes(p)), k->name,
           "other bits on a pool");
  }
  expect(k->tile(&p->q, &p->k, &p->v, &p->o, workspace, scratches[0], 0,
                 k->grid(&p->q, &p->k, &p->v, &p->o, workspace, 0)) ==
             ATTN_STATUS_TILE,
         k->name, "a tile behind the last one");
  expect(k->tile(&p->q, &p->k, &p->v, &p->o, workspace, scratches[0], 0, -1) ==
             ATTN_STATUS_TILE,
         k->name, "a tile before the first one");
  expect(k->grid(&p->q, &p->k, &p->v, &p->o, workspace, 99) ==
             -ATTN_STATUS_TILE,
         k->name, "a phase behind the last one");
  if (per_worker > 0)
    expect(k->tile(&p->q, &p->k, &p->v, &p->o, workspace, NULL, 0, 0) ==
               ATTN_STATUS_WORKSPACE,
           k->name, "a missing scratch");
  if (shared > 0)
    expect(k->grid(&p->q, &p->k, &p->v, &p->o, NULL, 0) ==
               -ATTN_STATUS_WORKSPACE,
           k->name, "a missing workspace");
  free_memory(workspace);
  for (i = 0; i < MAX_WORKERS; ++i)
    free_memory(scratches[i]);
}

static void check_wrong_call(const kernel *k, const problem *p) {
  attn_f32_4d wrong = p->k;
  int64_t size;
  wrong.sizes[3] = 1;
  expect(k->phases(&p->q, &wrong, &p->v, &p->o) == -ATTN_STATUS_SIZE, k->name,
         "phases of a wrong call");
  expect(k->grid(&p->q, NULL, &p->v, &p->o, NULL, 0) == -ATTN_STATUS_NULL,
         k->name, "grid of a wrong call");
  wrong = p->k;
  wrong.strides[3] = 2;
  expect(k->tile(&p->q, &wrong, &p->v, &p->o, NULL, NULL, 0, 0) ==
             ATTN_STATUS_STRIDE,
         k->name, "tile of a wrong call");
  expect(k->workspace_size(&p->q, &p->k, &p->v, &p->o, &size, NULL) ==
             ATTN_STATUS_NULL,
         k->name, "nowhere to write a size");
}

static void check(const kernel *k, int length, int key_length) {
  problem p = make_problem(length, key_length, (unsigned)(length + key_length));
  float *expected = malloc(output_bytes(&p) + 1);
  if (!expected)
    abort();
  clear_outputs(&p);
  expect(call(k, &p) == ATTN_STATUS_OK, k->name, "status of the plain call");
  expect(get_error(&p, k->factor) <= 1e-4, k->name, "numbers");
  memcpy(expected, p.o.data, output_bytes(&p));
  check_workspace(k, &p, expected);
  if (length > 0)
    check_pool(k, &p, expected);
  check_wrong_call(k, &p);
  free(expected);
  free_problem(&p);
}

/* Several threads call at once, each with its own shape. */
static void *call_often(void *argument) {
  int number = *(const int *)argument, i;
  size_t wrong = 0;
  for (i = 0; i < 12; ++i) {
    const kernel *k = &kernels[(i + number) % 3];
    problem p = make_problem(20 * number + 1 + i, 90 - 11 * number + i, 1);
    clear_outputs(&p);
    if (call(k, &p) || !(get_error(&p, k->factor) <= 1e-4))
      ++wrong;
    free_problem(&p);
  }
  return wrong ? &failures : NULL;
}

static void check_callers(void) {
  pthread_t threads[CALLERS];
  int numbers[CALLERS], i;
  void *wrong;
  for (i = 0; i < CALLERS; ++i) {
    numbers[i] = i;
    if (pthread_create(&threads[i], NULL, call_often, &numbers[i]))
      abort();
  }
  for (i = 0; i < CALLERS; ++i) {
    pthread_join(threads[i], &wrong);
    expect(!wrong, "callers", "a call beside others is wrong");
  }
}

/* How the workspace depends on the number of keys, once there are so many that
 * no more parts are made of them. */
static void report(const kernel *k) {
  problem small = make_problem(40, 1000, 1), large = make_problem(40, 5000, 1);
  int64_t shared[2], per_worker[2];
  get_size(k, &small, &shared[0], &per_worker[0]);
  get_size(k, &large, &shared[1], &per_worker[1]);
  printf("%s: %d phases, workspace %s with the number of keys\n", k->name,
         (int)k->phases(&small.q, &small.k, &small.v, &small.o),
         shared[0] == shared[1] && per_worker[0] == per_worker[1]
             ? "does not grow"
             : "grows");
  free_problem(&small);
  free_problem(&large);
}

int main(void) {
  static const int lengths[][2] = {{64, 64}, {7, 100}, {1, 1},   {5, 3},
                                   {0, 9},   {9, 0},   {131, 97}};
  int i, j;
  for (i = 0; i < 3; ++i)
    for (j = 0; j < 7; ++j)
      check(&kernels[i], lengths[j][0], lengths[j][1]);
  check_callers();
  for (i = 0; i < 3; ++i)
    report(&kernels[i]);
  printf("%d failures\n", failures);
  return failures != 0;
}
