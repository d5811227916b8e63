// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>

namespace asioscope::core {

/// Keeps retries from making an overload worse: a failure costs a token, a success brings a part of
/// one, and there are retries only while more than half of the tokens are there.
///
/// Thread safety: any thread.
/// Source: the retry throttling of gRPC's proposal A6.
class retry_budget {
 public:
  /// \param tokens how many there are at most, and at first: more than 0, at most 10^6
  /// \param ratio  what a success brings: more than 0, at most 1, to a thousandth
  /// \throws config_error
  explicit retry_budget(double tokens = 100, double ratio = 0.1);

  void failed() noexcept;
  void succeeded() noexcept;
  bool may_retry() const noexcept { return left_.load(std::memory_order_relaxed) > most_ / 2; }

 private:
  std::int64_t most_;   ///< thousandths
  std::int64_t ratio_;  ///< thousandths
  /// From 0 to `most_`.
  std::atomic<std::int64_t> left_;
};

}  // namespace asioscope::core
