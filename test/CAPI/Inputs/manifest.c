/* Writes the manifest of a file. Usage: manifest FILE TARGET PREFIX */
#include "session.h"

int main(int argc, char **argv) {
  attnSession *session = attnSessionCreate();
  attnModule *module;
  attnArtifact *artifact;
  attnSessionSetDiagnosticHandler(session, print_diagnostic, NULL);
  if (argc < 4 || !attnSessionSetOption(session, "target", argv[2]) ||
      !attnSessionSetOption(session, "symbol-prefix", argv[3]))
    return 2;
  module = parse_file(session, argv[1]);
  artifact = module ? attnModuleCompile(module, "obj") : NULL;
  if (!artifact)
    return 1;
  fputs(attnArtifactGetHeader(artifact).data, stderr);
  fputs(attnArtifactGetManifest(artifact).data, stdout);
  attnArtifactDestroy(artifact);
  attnModuleDestroy(module);
  attnSessionDestroy(session);
  return 0;
}
