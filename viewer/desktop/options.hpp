// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "platform/palette.hpp"

#include "asioscope/model/limits.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace asioscope::viewer {

/// What the command line asks for.
struct options {
  std::string target;      ///< program, socket or HOST:PORT; empty: the newest program
  std::string panel;       ///< empty: not asked for
  std::string screenshot;  ///< file; empty: none
  std::string dump_model;  ///< file; empty: none
  std::string record;      ///< file; empty: none
  std::optional<double> after_seconds;
  std::size_t trace_events = model::limits::trace_events;  ///< that are kept
  int width = 0;                                           ///< 0: as the last time
  int height = 0;
  float scale = 0;                     ///< 0: that of the display
  std::optional<colors::theme> theme;  ///< that of the last time
  bool list = false;
  bool file_sd = false;  ///< the list is for Prometheus
  bool help = false;
  bool version = false;

  /// True when something is written and then it is over.
  [[nodiscard]] bool is_errand() const { return !screenshot.empty() || !dump_model.empty(); }
  [[nodiscard]] bool needs_window() const {
    if (!record.empty()) return false;
    return dump_model.empty() || !screenshot.empty() || !panel.empty();
  }
};

struct parsed {
  options chosen;
  std::string error;  ///< a sentence; empty when the command line is good
};

[[nodiscard]] parsed parse(std::span<const std::string_view> arguments);

[[nodiscard]] std::string_view help_text();

}  // namespace asioscope::viewer
