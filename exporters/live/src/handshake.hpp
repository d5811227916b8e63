// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/message.hpp"

#include <optional>
#include <string>

namespace asioscope::live {

/// What a viewer may say: hello first, then requests, goodbye in the end. Pure.
class handshake {
 public:
  /// Takes one message. The reason for a goodbye when it is one too many.
  std::optional<std::string> take(const schema::message& said);

  [[nodiscard]] bool greeted() const noexcept { return greeted_; }
  [[nodiscard]] bool wants_trace() const noexcept { return wants_trace_; }
  [[nodiscard]] bool left() const noexcept { return left_; }  ///< said goodbye

 private:
  std::optional<std::string> greet(const schema::hello& said);

  bool greeted_ = false;
  bool wants_trace_ = false;
  bool left_ = false;
};

}  // namespace asioscope::live
