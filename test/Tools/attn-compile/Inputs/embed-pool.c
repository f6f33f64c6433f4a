/* A pool of threads that runs the grid form, see embed.h. */
#include "embed.h"

#include <pthread.h>
#include <stdlib.h>

enum { MAX_WORKERS = 8, MAX_TILES = 256 };

/* One phase, shared by all workers. */
typedef struct phase_run {
  const kernel *k;
  const problem *p;
  void *workspace;
  int32_t phase;
  int64_t order[MAX_TILES], count, next;
  int32_t status;
  pthread_mutex_t mutex;
} phase_run;

typedef struct worker {
  phase_run *run;
  char *scratch;
} worker;

static void *work(void *argument) {
  const worker *self = argument;
  phase_run *run = self->run;
  const problem *p = run->p;
  for (;;) {
    int64_t tile = -1;
    int32_t status;
    pthread_mutex_lock(&run->mutex);
    if (run->next < run->count)
      tile = run->order[run->next++];
    pthread_mutex_unlock(&run->mutex);
    if (tile < 0)
      return NULL;
    status = run->k->tile(&p->q, &p->k, &p->v, &p->o, run->workspace,
                          self->scratch, run->phase, tile);
    pthread_mutex_lock(&run->mutex);
    run->status = status ? status : run->status;
    pthread_mutex_unlock(&run->mutex);
  }
}

static void shuffle(phase_run *run, unsigned *state) {
  int64_t i;
  for (i = 0; i < run->count; ++i) {
    int64_t j;
    *state = *state * 1664525u + 1013904223u;
    j = (int64_t)((*state >> 8) % (unsigned)(i + 1));
    run->order[i] = run->order[j];
    run->order[j] = i;
  }
}

static int32_t run_phase(phase_run *run, int workers, char **scratches) {
  pthread_t threads[MAX_WORKERS];
  worker team[MAX_WORKERS];
  int i;
  for (i = 0; i < workers; ++i) {
    team[i].run = run;
    team[i].scratch = scratches[i];
    if (pthread_create(&threads[i], NULL, work, &team[i]))
      abort();
  }
  for (i = 0; i < workers; ++i)
    pthread_join(threads[i], NULL);
  return run->status;
}

int32_t run_on_pool(const kernel *k, const problem *p, int workers,
                    unsigned seed, void *workspace, char **scratches) {
  phase_run run = {
      NULL, NULL, NULL, 0, {0}, 0, 0, 0, PTHREAD_MUTEX_INITIALIZER};
  int32_t phases = k->phases(&p->q, &p->k, &p->v, &p->o), status;
  run.k = k;
  run.p = p;
  run.workspace = workspace;
  if (phases < 0)
    return -phases;
  for (run.phase = 0; run.phase < phases; ++run.phase) {
    run.count = k->grid(&p->q, &p->k, &p->v, &p->o, workspace, run.phase);
    run.next = 0;
    if (run.count < 0)
      return (int32_t)-run.count;
    if (run.count > MAX_TILES)
      abort();
    shuffle(&run, &seed);
    status = run_phase(&run, workers, scratches);
    if (status)
      return status;
  }
  return 0;
}
