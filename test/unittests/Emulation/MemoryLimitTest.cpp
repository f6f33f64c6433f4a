//===- MemoryLimitTest.cpp - where memory cannot be had -------------------===//

#include "Harness.h"
#include <sys/mman.h>
#include <sys/resource.h>

using namespace mlir::attn;

static std::string getCreationError() {
  llvm::Expected<Emulator> emulator = Emulator::create();
  return emulator ? "" : llvm::toString(emulator.takeError());
}

TEST(MemoryLimit, StacksThatDoNotFitAreReported) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "the sanitizer itself needs address space";
#endif
#endif
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  rlimit none = {1 << 20, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_AS, &none), 0);
  std::string error = getCreationError();
  setrlimit(RLIMIT_AS, &before);
  EXPECT_EQ(error, "no memory for the stacks of GPU threads");
}

TEST(MemoryLimit, LowAddressesThatAreTakenAreReported) {
  std::vector<std::pair<void *, size_t>> taken;
  for (size_t bytes = size_t(1) << 30; bytes >= 4096; bytes /= 2)
    for (;;) {
      void *memory =
          mmap(nullptr, bytes, PROT_NONE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT | MAP_NORESERVE, -1, 0);
      if (memory == MAP_FAILED)
        break;
      taken.emplace_back(memory, bytes);
    }
  std::string error = getCreationError();
  for (auto [memory, bytes] : taken)
    munmap(memory, bytes);
  EXPECT_EQ(error,
            "no memory below 4 GiB for the shared memory of GPU blocks");
}
