/*===- attn-c/Library.h - compiled functions in memory ------------*- C -*-===*\
|*                                                                            *|
|* Loads a shared library from memory, without a file that another process    *|
|* could change:                                                              *|
|*                                                                            *|
|*   attnString bytes = attnArtifactGetBytes(artifact);  // of kind "shared"  *|
|*   attnLibrary *library = attnLibraryLoad(bytes.data, bytes.size);          *|
|*   attention = attnLibraryGetFunction(library, "attention");                *|
|*                                                                            *|
|* The functions are called by the prototypes of the C header.                *|
|*                                                                            *|
|* Covered by test/CAPI/compile.test.                                         *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef ATTN_C_LIBRARY_H
#define ATTN_C_LIBRARY_H

#include "attn-c/Support.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A loaded library. */
typedef struct attnLibrary attnLibrary;

/** Loads the bytes of a shared library. Null on failure, of which
    `attnLibraryGetError` tells the reason. */
ATTN_C_API attnLibrary *attnLibraryLoad(const char *data, size_t size);

/** The address of an exported function, or null. */
ATTN_C_API void *attnLibraryGetFunction(attnLibrary *library, const char *name);

/** Null is allowed. No function of the library may be running. */
ATTN_C_API void attnLibraryDestroy(attnLibrary *library);

/** Why the last `attnLibraryLoad` of this thread failed; empty if it did not.
 */
ATTN_C_API const char *attnLibraryGetError(void);

#ifdef __cplusplus
}
#endif

#endif /* ATTN_C_LIBRARY_H */
