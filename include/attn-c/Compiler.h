/*===- attn-c/Compiler.h - the compiler as a C library ------------*- C -*-===*\
|*                                                                            *|
|* From `attn` text to machine code inside a process, for any language that   *|
|* can call C. The library, libattn-c, shows no other symbols than these: it  *|
|* can be loaded beside another LLVM.                                         *|
|*                                                                            *|
|*   attnSession *session = attnSessionCreate();                              *|
|*   attnSessionSetDiagnosticHandler(session, print, NULL);                   *|
|*   attnSessionSetOption(session, "target", "x86-64-v3");                    *|
|*   attnModule *module =                                                     *|
|*       attnModuleParse(session, text, strlen(text), "layer.mlir");          *|
|*   attnArtifact *artifact = attnModuleCompile(module, "shared");            *|
|*   attnString bytes = attnArtifactGetBytes(artifact);                       *|
|*                                                                            *|
|* A function that can fail returns null, or 0, after a diagnostic that says  *|
|* why. A crash of the compiler is such a failure too, and leaves a session   *|
|* of which every further call fails. A session, with all that was made of    *|
|* it, is used by one thread at a time; different sessions may be used at     *|
|* once. Nothing is printed and no thread outlives a call, so a process may   *|
|* fork between calls.                                                        *|
|*                                                                            *|
|* Covered by test/CAPI.                                                      *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef ATTN_C_COMPILER_H
#define ATTN_C_COMPILER_H

#include "attn-c/Support.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the compiler, for example "0.1.0". */
ATTN_C_API const char *attnGetVersion(void);
/** The version of LLVM that it was built with, for example "22.1.8". */
ATTN_C_API const char *attnGetLLVMVersion(void);
/** The number of the ABI of compiled functions, `ATTN_ABI_VERSION` of their
    headers. */
ATTN_C_API int32_t attnGetABIVersion(void);

/*===----------------------------------------------------------------------===*\
|* Sessions                                                                   *|
\*===----------------------------------------------------------------------===*/

/** The dialects, options and handlers of compilations. */
typedef struct attnSession attnSession;

ATTN_C_API attnSession *attnSessionCreate(void);
/** Null is allowed. Everything made of the session must be gone. */
ATTN_C_API void attnSessionDestroy(attnSession *session);

typedef enum attnSeverity {
  ATTN_SEVERITY_ERROR = 0,
  ATTN_SEVERITY_WARNING = 1,
  ATTN_SEVERITY_REMARK = 2,
  ATTN_SEVERITY_NOTE = 3 /**< belongs to what was reported before it */
} attnSeverity;

/** A message about the text. Strings live as long as the call of the handler;
    `file` is empty and `line` is 0 where there is no place. */
typedef struct attnDiagnostic {
  attnSeverity severity;
  const char *file;
  int32_t line, column;
  const char *message;
} attnDiagnostic;

typedef void (*attnDiagnosticHandler)(const attnDiagnostic *diagnostic,
                                      void *user);

/** From now on `handler` hears of errors, warnings and notes. Null: nobody. */
ATTN_C_API void attnSessionSetDiagnosticHandler(attnSession *session,
                                                attnDiagnosticHandler handler,
                                                void *user);

/** What the compiler decided, or could not do. */
typedef struct attnRemark {
  const char *kind;     /**< "Passed", "Missed", "Failure" or "Analysis" */
  const char *category; /**< for example "attn-schedule" */
  const char *name;
  const char *file;
  int32_t line, column;
  const char *message;
} attnRemark;

typedef void (*attnRemarkHandler)(const attnRemark *remark, void *user);

/** From now on `handler` hears of remarks. Null: nobody. */
ATTN_C_API void attnSessionSetRemarkHandler(attnSession *session,
                                            attnRemarkHandler handler,
                                            void *user);

/** Sets an option, as the flag of attn-compile of that name does:

      target         CPU to compile for (native)
      pipeline       cpu, reference or plain (cpu)
      threading      serial or openmp (serial)
      symbol-prefix  put in front of every exported name
      from-stage     begin with this stage
      until-after    stop after this stage; for "mlir" only
      dump-stages    existing directory for the module after every stage

    Returns 0 if there is no such option or value. */
ATTN_C_API int attnSessionSetOption(attnSession *session, const char *name,
                                    const char *value);

/** What the option `target` stands for on this machine, as
    "TRIPLE CPU FEATURES": code compiled for equal strings is equal. Null if
    there is no such target. Valid until the next call with this session. */
ATTN_C_API const char *attnSessionGetTarget(attnSession *session);

/** The pipeline as `attn-opt --pass-pipeline` takes it, or null. Valid until
    the next call with this session. */
ATTN_C_API const char *attnSessionGetPipeline(attnSession *session);

/*===----------------------------------------------------------------------===*\
|* Modules                                                                    *|
\*===----------------------------------------------------------------------===*/

/** A parsed text. */
typedef struct attnModule attnModule;

/** Parses `size` bytes of text or bytecode. `name` is what diagnostics call
    the file. */
ATTN_C_API attnModule *attnModuleParse(attnSession *session, const char *text,
                                       size_t size, const char *name);
/** Null is allowed. */
ATTN_C_API void attnModuleDestroy(attnModule *module);

/** One argument of a call: the sizes of a tensor, or an integer scalar. */
typedef struct attnCallArgument {
  int32_t rank;         /**< -1: a scalar */
  const int64_t *sizes; /**< `rank` of them */
  int64_t value;        /**< of a scalar */
} attnCallArgument;

/** The work of one call. */
typedef struct attnWork {
  /** Useful floating-point operations: 2 (K + V) for each pair of query and key
      that the mask admits, times query heads. */
  double flops;
  /** 0 if a mask depends on data: `flops` is then an upper bound. */
  int32_t isExact;
  /** Tiles of scores of which no pair, every pair and some pairs count; -1 if
      they are not known. */
  int64_t emptyTiles, fullTiles, partialTiles;
} attnWork;

/** Estimates the work of a call of `function` with these inputs. */
ATTN_C_API int attnModuleEstimateWork(attnModule *module, const char *function,
                                      const attnCallArgument *inputs,
                                      int32_t numInputs, attnWork *work);

/*===----------------------------------------------------------------------===*\
|* Artefacts                                                                  *|
\*===----------------------------------------------------------------------===*/

/** A finished compilation. */
typedef struct attnArtifact attnArtifact;

/** Compiles with the options of the session. `kind` says what to make: "mlir",
    "llvm", "asm", "obj" or "shared", as `attn-compile --emit`. */
ATTN_C_API attnArtifact *attnModuleCompile(attnModule *module,
                                           const char *kind);
/** Null is allowed. */
ATTN_C_API void attnArtifactDestroy(attnArtifact *artifact);

/** What was asked for. */
ATTN_C_API attnString attnArtifactGetBytes(const attnArtifact *artifact);
/** The C header of the entry points. */
ATTN_C_API attnString attnArtifactGetHeader(const attnArtifact *artifact);
/** The same as JSON, with phases and workspace. */
ATTN_C_API attnString attnArtifactGetManifest(const attnArtifact *artifact);

#ifdef __cplusplus
}
#endif

#endif /* ATTN_C_COMPILER_H */
