/* What the programs of these tests share. */
#ifndef SESSION_H
#define SESSION_H

#include "attn-c/Compiler.h"
#include "attn-c/Library.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_diagnostic(const attnDiagnostic *diagnostic, void *user) {
  static const char *const names[] = {"error", "warning", "remark", "note"};
  const char *base = strrchr(diagnostic->file, '/');
  (void)user;
  printf("%s:%d:%d: %s: %s\n", base ? base + 1 : diagnostic->file,
         (int)diagnostic->line, (int)diagnostic->column,
         names[diagnostic->severity], diagnostic->message);
}

/* The bytes of a file, and a zero. */
static char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  char *text;
  if (!file)
    exit(2);
  text = calloc(1, 1 << 20);
  *size = fread(text, 1, (1 << 20) - 1, file);
  fclose(file);
  return text;
}

static attnModule *parse_file(attnSession *session, const char *path) {
  size_t size;
  char *text = read_file(path, &size);
  attnModule *module = attnModuleParse(session, text, size, path);
  free(text);
  return module;
}

#endif
