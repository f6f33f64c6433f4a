/* Compiles a file in this process, calls it from memory, and tells what the
   session says of it. Usage: compile FILE KIND [OPTION VALUE]... */
#include "session.h"

typedef struct {
  float *data;
  int64_t sizes[4], strides[4];
} tensor;

/* [1, 2, length, 16] of which every element is `value`. */
static tensor make(int64_t length, float value) {
  tensor result = {NULL, {1, 2, 0, 16}, {0, 0, 16, 1}};
  int64_t i;
  result.sizes[2] = length;
  result.strides[0] = 32 * length;
  result.strides[1] = 16 * length;
  result.data = malloc(sizeof(float) * (size_t)(32 * length));
  for (i = 0; i < 32 * length; ++i)
    result.data[i] = value;
  return result;
}

static void print_remark(const attnRemark *remark, void *user) {
  ++*(int *)user;
  if (!strcmp(remark->name, "schedule"))
    printf("remark %s %s, line %d: %s\n", remark->kind, remark->category,
           (int)remark->line, remark->message);
}

static void call(attnString bytes) {
  typedef int32_t kernel(const tensor *, const tensor *, const tensor *,
                         const tensor *, int32_t);
  union {
    void *address;
    kernel *call;
  } function;
  tensor q = make(5, 1), k = make(9, 2), v = make(9, 3), o = make(5, 0);
  attnLibrary *library = attnLibraryLoad(bytes.data, bytes.size);
  if (!library) {
    printf("not loaded: %s\n", attnLibraryGetError());
    return;
  }
  function.address = attnLibraryGetFunction(library, "attention");
  printf("status %d, ", (int)function.call(&q, &k, &v, &o, 1));
  printf("o %.1f\n", o.data[79]);
  printf("no such function: %s\n",
         attnLibraryGetFunction(library, "other") ? "found" : "null");
  attnLibraryDestroy(library);
  free(q.data);
  free(k.data);
  free(v.data);
  free(o.data);
}

static void estimate(attnModule *module) {
  static const int64_t q[] = {1, 2, 512, 16};
  attnCallArgument inputs[3] = {{4, q, 0}, {4, q, 0}, {4, q, 0}};
  attnWork work;
  if (attnModuleEstimateWork(module, "attention", inputs, 3, &work))
    printf("flops %.0f, exact %d, tiles known %d\n", work.flops,
           (int)work.isExact, work.emptyTiles >= 0);
  if (!attnModuleEstimateWork(module, "other", inputs, 3, &work))
    printf("no estimate\n");
}

int main(int argc, char **argv) {
  int i, remarks = 0;
  attnSession *session = attnSessionCreate();
  attnModule *module;
  attnArtifact *artifact = NULL;
  attnSessionSetDiagnosticHandler(session, print_diagnostic, NULL);
  attnSessionSetRemarkHandler(session, print_remark, &remarks);
  for (i = 3; i + 1 < argc; i += 2)
    if (!attnSessionSetOption(session, argv[i], argv[i + 1]))
      printf("option refused\n");
  module = parse_file(session, argv[1]);
  if (module)
    artifact = attnModuleCompile(module, argv[2]);
  if (artifact) {
    attnString bytes = attnArtifactGetBytes(artifact);
    if (!strcmp(argv[2], "shared")) {
      call(bytes);
      printf("header %d, manifest %d\n",
             strstr(attnArtifactGetHeader(artifact).data, "ATTN_ABI_VERSION") !=
                 NULL,
             strstr(attnArtifactGetManifest(artifact).data,
                    "manifest_version") != NULL);
      estimate(module);
      printf("remarks %d\n", remarks > 1);
    } else {
      printf("%.4s, %d bytes more\n", bytes.data, bytes.size > 4);
    }
  } else {
    printf("nothing compiled\n");
  }
  attnArtifactDestroy(artifact);
  attnModuleDestroy(module);
  attnSessionDestroy(session);
  return 0;
}
