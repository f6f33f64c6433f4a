//===- GuardedRunTest.cpp - Runs beside guards at either end --------------===//

#include "attn/Runtime/GuardedRun.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir::attn;

namespace {

class GuardedRunTest : public testing::Test {
protected:
  GuardedRunTest() {
    for (ArgumentRole role : {ArgumentRole::input, ArgumentRole::output}) {
      ArgumentInfo info;
      info.name = role == ArgumentRole::input ? "x" : "y";
      info.role = role;
      info.dtype = "f32";
      info.shape = {5};
      signature.args.push_back(info);
      tensors.push_back(llvm::cantFail(HostTensor::allocate(
          DType::f32, {5}, Layout::contiguous, Guard::end)));
      for (int64_t i = 0; i < 5; ++i)
        tensors.back().setElement(i, static_cast<double>(i));
    }
  }

  using Run = llvm::function_ref<llvm::Error(llvm::ArrayRef<HostTensor *>)>;
  std::string messageOf(Run run) {
    return llvm::toString(
        rerunGuarded(signature, tensors, Layout::contiguous, run));
  }

  Signature signature;
  std::vector<HostTensor> tensors;
};

TEST_F(GuardedRunTest, InputsAreCopiedAndOutputsAreBlank) {
  EXPECT_EQ(messageOf([](llvm::ArrayRef<HostTensor *> others) {
              for (int64_t i = 0; i < 5; ++i) {
                EXPECT_TRUE(std::isnan(others[1]->getElement(i)));
                others[1]->setElement(i, others[0]->getElement(i));
              }
              return llvm::Error::success();
            }),
            "");
}

TEST_F(GuardedRunTest, OtherBitsAreAFault) {
  EXPECT_EQ(messageOf([](llvm::ArrayRef<HostTensor *> others) {
              return llvm::Error::success();
            }),
            "the kernel gave other bits in 'y' when its tensors lay elsewhere");
}

TEST_F(GuardedRunTest, FaultsOfTheRunAreHandedOn) {
  EXPECT_EQ(messageOf([](llvm::ArrayRef<HostTensor *>) {
              return llvm::createStringError("no");
            }),
            "no");
}

TEST_F(GuardedRunTest, ReadsBeforeATensorFault) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(messageOf([](llvm::ArrayRef<HostTensor *> others) {
                 volatile float *x = static_cast<float *>(others[0]->getData());
                 others[1]->setElement(0, x[-1]);
                 return llvm::Error::success();
               }),
               "");
}

} // namespace
