// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/scene.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace asioscope::viewer {

/// What there is in a folder that leads to a recording.
struct folder_entry {
  std::string name;
  bool is_folder = false;
  std::uintmax_t bytes = 0;  ///< of a recording

  friend bool operator==(const folder_entry&, const folder_entry&) = default;
};

struct folder_listing {
  std::vector<folder_entry> entries;  ///< folders first, then recordings, by name; none hidden
  std::string error;                  ///< why there is nothing; empty when all is well
};

[[nodiscard]] folder_listing list_folder(const std::string& path);

/// Asks what to watch: a program, an address, a recording.
class open_dialog {
 public:
  void open(const scene& now);
  void close() { is_open_ = false; }
  [[nodiscard]] bool is_open() const { return is_open_; }

  void draw(const scene& now, wishes& result);

 private:
  void enter(const std::string& folder);
  void choose(const target& wanted, wishes& result);
  void draw_folder(wishes& result);

  bool is_open_ = false;
  bool is_fresh_ = false;  // the field has not got the keyboard yet
  bool in_new_tab_ = false;
  std::array<char, 1'024> typed_{};
  std::string folder_;
  folder_listing listing_;  // of folder_
};

}  // namespace asioscope::viewer
