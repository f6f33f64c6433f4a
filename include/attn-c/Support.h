/*===- attn-c/Support.h - what the C interface is made of ---------*- C -*-===*\
|*                                                                            *|
|* Covered by test/CAPI.                                                      *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef ATTN_C_SUPPORT_H
#define ATTN_C_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ATTN_C_API __attribute__((visibility("default")))
#else
#define ATTN_C_API
#endif

/** Raised when a program that was compiled with older headers would break. */
#define ATTN_C_API_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that belong to what they were asked of, followed by a zero. Null if
    there are none. */
typedef struct attnString {
  const char *data;
  size_t size;
} attnString;

/** `ATTN_C_API_VERSION` of the library. */
ATTN_C_API int32_t attnGetAPIVersion(void);

#ifdef __cplusplus
}
#endif

#endif /* ATTN_C_SUPPORT_H */
