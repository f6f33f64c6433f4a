//===- CudaDriverTest.cpp - with a GPU, and without -----------------------===//

#include "attn/Runtime/CudaDriver.h"
#include "gtest/gtest.h"

using namespace mlir::attn;

TEST(CudaDriver, SaysThatThereIsNoGPU) {
  llvm::Expected<CudaDriver> driver = CudaDriver::open();
  if (driver)
    GTEST_SKIP() << "there is one: " << driver->getDescription();
  std::string message = llvm::toString(driver.takeError());
  bool isNamed =
      message.find("there is no NVIDIA GPU here") != std::string::npos ||
      message.find("the CUDA driver ") != std::string::npos;
  EXPECT_TRUE(isNamed) << message;
}

TEST(CudaDriver, CopiesToTheDeviceAndBack) {
  llvm::Expected<CudaDriver> driver = CudaDriver::open();
  if (!driver)
    GTEST_SKIP() << llvm::toString(driver.takeError());
  int numbers[4] = {1, 2, 3, 4}, back[4] = {};
  CudaMemory memory = llvm::cantFail(driver->allocate(sizeof(numbers)));
  llvm::cantFail(driver->copyToDevice(memory.get(), numbers, sizeof(numbers)));
  llvm::cantFail(driver->copyToHost(back, memory.get(), sizeof(back)));
  EXPECT_TRUE(std::equal(numbers, numbers + 4, back));
}
