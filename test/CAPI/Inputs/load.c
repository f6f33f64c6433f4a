/* Loads what is no shared library. */
#include "attn-c/Library.h"
#include <stdio.h>

int main(void) {
  attnLibrary *library = attnLibraryLoad("no library", 10);
  printf(library ? "loaded\n" : "not loaded: %s\n", attnLibraryGetError());
  attnLibraryDestroy(library);
  return 0;
}
