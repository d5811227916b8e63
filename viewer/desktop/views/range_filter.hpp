// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/program.hpp"
#include "asioscope/model/range_figures.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace asioscope::viewer {

/// A stretch of a program's time.
struct stretch {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;

  [[nodiscard]] bool has(std::int64_t moment_ns) const noexcept {
    return moment_ns >= begin_ns && moment_ns < end_ns;
  }
  [[nodiscard]] bool overlaps(std::int64_t from_ns, std::int64_t to_ns) const noexcept {
    return from_ns < end_ns && to_ns >= begin_ns;
  }

  friend bool operator==(const stretch&, const stretch&) = default;
};

/// The stretch of time to which the views keep, once one was chosen.
class range_filter {
 public:
  void set(const stretch& chosen) {
    clear();
    chosen_ = chosen;
    more_until_ns_ = chosen.end_ns + patience_ns;
  }
  /// True when there was one.
  bool clear();
  /// To be called before each picture: finds out what happened in the stretch, and again as long as
  /// more of that may come. Another program has another time.
  void look_at(const model::program& program);

  [[nodiscard]] const std::optional<stretch>& chosen() const { return chosen_; }
  /// What happened then; nullptr without a stretch.
  [[nodiscard]] const model::range_figures* figures() const { return figures_.get(); }
  /// Tells whether a task ran then, or waited. For later, too: it knows what is known now.
  [[nodiscard]] std::function<bool(const schema::task_info&)> task_test() const;
  /// Another one whenever the answers may be others.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  /// Why the figures are not all; empty when they are.
  [[nodiscard]] const std::string& lacks() const { return lacks_; }

 private:
  /// What the threads say of a moment may come a little later.
  static constexpr std::int64_t patience_ns = 1'000'000'000;

  [[nodiscard]] bool may_change(const model::trace_store& trace) const;
  void say_what_is_lacking();

  std::optional<stretch> chosen_;
  std::shared_ptr<const model::range_figures> figures_;
  std::uint64_t revision_ = 0;
  std::string lacks_;
  bool goes_on_ = false;  // a run that began before the end of the stretch
  std::int64_t more_until_ns_ = 0;
  std::size_t trace_events_ = 0;   // and the end of the trace:
  std::int64_t trace_end_ns_ = 0;  // when the figures were made
  std::optional<std::int64_t> program_started_ns_;
};

/// "22:01:03.120–22:01:03.480 (360 ms)", in local time.
[[nodiscard]] std::string range_text(const model::program& program, const stretch& chosen);

/// Says to which stretch the view keeps, with a cross that ends it. Nothing without one.
void draw_range_chip(const model::program& program, range_filter& filter);

}  // namespace asioscope::viewer
