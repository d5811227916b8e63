// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/resource.hpp"

#include <string>

namespace asioscope::test_kit {

/// The primitives that were made since this was, with or without a name.
class leftovers {
 public:
  leftovers();
  leftovers(const leftovers&) = delete;
  leftovers& operator=(const leftovers&) = delete;
  ~leftovers();

  /// A line for each of them that is still there.
  std::string alive() const;

  /// A line for each primitive in which something waits, of whatever age.
  std::string waiting() const;

 private:
  core::resource_id last_;
  bool listed_before_;
};

}  // namespace asioscope::test_kit
