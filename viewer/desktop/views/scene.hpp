// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "connection/connection.hpp"

#include "asioscope/model/model.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace asioscope::viewer {

/// How the saving of a recording stands.
struct saving {
  enum class phase : std::uint8_t { none, going_on, done, failed };

  phase now = phase::none;
  std::string path;
  std::string error;
};

/// One of the programs that are watched at once.
struct tab_entry {
  std::string title;
  bool is_blocked = false;  ///< a loop of it is in a stall now
};

/// What the shell draws in one frame.
struct scene {
  const model::program* program = nullptr;  ///< none yet
  connection_status connection;
  std::vector<local_program> programs;  ///< that can be watched
  std::uint64_t revision = 0;           ///< of the program
  std::vector<tab_entry> tabs;          ///< all that is watched, this one too
  std::size_t tab = 0;                  ///< the one that is shown
  std::vector<std::string> history;     ///< what else was watched before, the latest first
  viewer::saving saving;
};

/// A recording that is to be written.
struct save_request {
  std::string path;
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
};

/// What the user wants of the program around.
struct wishes {
  std::optional<target> watch;
  bool in_new_tab = false;  ///< what `watch` says
  std::optional<std::size_t> show_tab;
  std::optional<std::size_t> close_tab;
  std::optional<save_request> save;
  std::optional<std::int64_t> show_until;  ///< of a recording
  bool toggle_pause = false;
  bool trace = false;  ///< the program is to send its events
  bool quit = false;
  bool go_on = false;  ///< the picture is not yet what it will be: draw again soon
};

}  // namespace asioscope::viewer
