// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "connection/connection.hpp"
#include "views/shell.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>

namespace asioscope::viewer {

/// One of the things that a window watches at once: the connection, what is shown of it, and what
/// the user wants of it.
/// Thread safety: the main thread only.
class watched {
 public:
  watched(const target& wanted, panel first, std::function<void()> changed,
          std::size_t trace_events);

  /// Draws it, with what the window around knows in `now`.
  wishes draw(scene now, const viewer::habits& used_to);

  /// Grants what concerns this one alone.
  void grant(const wishes& wanted);
  void watch(const target& wanted);

  /// Of what is shown: what comes in while the picture stands still is no reason to draw.
  [[nodiscard]] std::uint64_t revision() const;
  [[nodiscard]] tab_entry entry() const;
  [[nodiscard]] bool has_program() const;
  [[nodiscard]] const viewer::habits& habits() const { return shell_.habits(); }
  [[nodiscard]] const connection& link() const { return link_; }

 private:
  void save(const save_request& wanted);
  void look_at_saving();

  shell shell_;
  std::optional<model::program> frozen_;  // what is shown while paused
  std::uint64_t frozen_revision_ = 0;
  connection link_;
  saving saving_;
  std::future<std::string> saved_;  // waits for its end when this goes
};

}  // namespace asioscope::viewer
