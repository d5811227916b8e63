// SPDX-License-Identifier: BSL-1.0
#include "timeouts.hpp"

#include <algorithm>

namespace asioscope::net {

timeouts::clock::time_point timeouts::last_activity(bool output_waits) const {
  return output_waits ? sent_ : std::max(received_, sent_);
}

timeouts::clock::time_point timeouts::deadline(bool output_waits) const {
  const clock::time_point idle_end = last_activity(output_waits) + idle_;
  return expiry_ ? std::min(*expiry_, idle_end) : idle_end;
}

const char* timeouts::verdict(clock::time_point now, bool output_waits) const {
  if (now < deadline(output_waits)) return nullptr;
  if (expiry_ && now >= *expiry_) return "took too long";
  return output_waits ? "does not read" : "idle for too long";
}

}  // namespace asioscope::net
