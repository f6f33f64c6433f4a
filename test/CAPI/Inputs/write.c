/* Writes the shared library of a file to stdout. Usage: write FILE TARGET */
#include "session.h"

int main(int argc, char **argv) {
  attnSession *session = attnSessionCreate();
  attnModule *module;
  attnArtifact *artifact;
  attnString bytes;
  attnSessionSetDiagnosticHandler(session, print_diagnostic, NULL);
  if (argc < 3 || !attnSessionSetOption(session, "target", argv[2]))
    return 2;
  module = parse_file(session, argv[1]);
  artifact = module ? attnModuleCompile(module, "shared") : NULL;
  if (!artifact)
    return 1;
  bytes = attnArtifactGetBytes(artifact);
  fwrite(bytes.data, 1, bytes.size, stdout);
  attnArtifactDestroy(artifact);
  attnModuleDestroy(module);
  attnSessionDestroy(session);
  return 0;
}
