// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/causes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace asioscope::viewer {

/// Why a run ran, and what it led to. What is not known yet is looked for again as the trace grows,
/// but not with every picture.
class causality {
 public:
  /// Lists so many effects and looks at so much, at most.
  explicit causality(std::size_t most_listed, std::size_t most_looked_at = model::usual_search)
      : most_listed_(most_listed), most_looked_at_(most_looked_at) {}

  /// To be called before each picture.
  void look_at(const model::trace_store& trace, const model::found_run& run);
  void forget() { of_.reset(); }

  /// The run that it is about.
  [[nodiscard]] const std::optional<model::found_run>& of() const { return of_; }
  [[nodiscard]] const std::optional<model::cause>& cause() const { return cause_; }
  [[nodiscard]] const model::effects& effects() const { return effects_; }

 private:
  [[nodiscard]] bool lacks_something() const;

  std::size_t most_listed_;
  std::size_t most_looked_at_;
  std::optional<model::found_run> of_;
  std::optional<model::cause> cause_;
  model::effects effects_;
  std::int64_t trace_end_ns_ = 0;  // when it was looked for
};

}  // namespace asioscope::viewer
