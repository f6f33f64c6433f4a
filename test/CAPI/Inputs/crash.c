/* Crashes a session, and goes on. Usage: crash FILE HOW */
#include "session.h"
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *path;
static volatile sig_atomic_t heard = 0;

static void handle(int number) {
  (void)number;
  heard = 1;
}

static int compiles(void) {
  attnSession *session = attnSessionCreate();
  attnModule *module = parse_file(session, path);
  attnArtifact *artifact = module ? attnModuleCompile(module, "shared") : NULL;
  int result = artifact != NULL;
  attnArtifactDestroy(artifact);
  attnModuleDestroy(module);
  attnSessionDestroy(session);
  return result;
}

static void *compile_in_thread(void *result) {
  *(int *)result = compiles();
  return NULL;
}

int main(int argc, char **argv) {
  attnSession *session = attnSessionCreate();
  attnModule *module;
  pthread_t threads[4];
  int i, compiled[4], sum = 0, status = 1;
  if (argc < 3)
    return 2;
  path = argv[1];
  signal(SIGABRT, handle);
  attnSessionSetDiagnosticHandler(session, print_diagnostic, NULL);
  attnSessionSetOption(session, "crash-in", "cse");
  attnSessionSetOption(session, "crash-by", argv[2]);
  module = parse_file(session, path);
  if (attnModuleCompile(module, "obj"))
    return 1;
  if (attnModuleCompile(module, "obj"))
    return 1;
  attnModuleDestroy(module);
  attnSessionDestroy(session);
  printf("another session: %s\n", compiles() ? "compiled" : "failed");
  raise(SIGABRT);
  printf("own handler: %s\n", heard ? "called" : "lost");
  fflush(stdout);
  if (fork() == 0)
    _exit(compiles() ? 0 : 1);
  wait(&status);
  printf("child: %s\n", status == 0 ? "compiled" : "failed");
  for (i = 0; i < 4; ++i)
    pthread_create(&threads[i], NULL, compile_in_thread, &compiled[i]);
  for (i = 0; i < 4; ++i) {
    pthread_join(threads[i], NULL);
    sum += compiled[i];
  }
  printf("4 threads: %d compiled\n", sum);
  return 0;
}
