//===- Library.cpp - compiled functions in memory -------------------------===//
//
// The dynamic linker wants a file: an anonymous one of the kernel, which has no
// name that another process could open, serves.
//
// Covered by test/CAPI/compile.test.
//
//===----------------------------------------------------------------------===//

#include "attn-c/Library.h"
#include <atomic>
#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

struct attnLibrary {
  void *handle;
};

static thread_local std::string lastError;

/// Writes all of `data`; false after an error, which `errno` tells.
static bool writeAll(int file, const char *data, size_t size) {
  while (size > 0) {
    ssize_t written = ::write(file, data, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

/// A path of the open `file` that no library was loaded by before: the dynamic
/// linker takes equal paths for the same library, though numbers of files come
/// again. The digits of a counter are written as steps that lead nowhere.
static std::string makePath(int file) {
  static std::atomic<unsigned> counter = 0;
  std::string path = "/proc/thread-self";
  for (unsigned rest = ++counter; rest > 0; rest /= 2)
    path += rest % 2 ? "/." : "/";
  return path + "/fd/" + std::to_string(file);
}

attnLibrary *attnLibraryLoad(const char *data, size_t size) {
  lastError.clear();
  int file = ::memfd_create("attn-kernel", MFD_CLOEXEC);
  if (file < 0 || !writeAll(file, data, size)) {
    lastError =
        std::string("cannot make a file in memory: ") + std::strerror(errno);
    if (file >= 0)
      ::close(file);
    return nullptr;
  }
  void *handle = ::dlopen(makePath(file).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    lastError = ::dlerror();
  // What is mapped stays.
  ::close(file);
  return handle ? new attnLibrary{handle} : nullptr;
}

void *attnLibraryGetFunction(attnLibrary *library, const char *name) {
  return ::dlsym(library->handle, name);
}

void attnLibraryDestroy(attnLibrary *library) {
  if (!library)
    return;
  ::dlclose(library->handle);
  delete library;
}

const char *attnLibraryGetError(void) { return lastError.c_str(); }
