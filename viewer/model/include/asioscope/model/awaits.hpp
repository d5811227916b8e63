// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/snapshot.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace asioscope::model {

/// What live tasks wait for: their coroutines and the lines these have come to.
class await_table {
 public:
  /// A snapshot begins: it tells everything anew.
  void begin_snapshot();

  void fold(const schema::await_place& place);
  void fold(const schema::await_chain& chain);
  void forget(std::uint64_t task) { chains_.erase(task); }

  /// The coroutines of a task, outermost first; empty: not known.
  [[nodiscard]] std::vector<const schema::await_place*> steps(std::uint64_t task) const;

  /// The first of them: what the task was spawned with; null: not known.
  [[nodiscard]] const schema::await_place* outermost(std::uint64_t task) const;

  /// What it waits for while it is suspended, e.g. "async_receive"; empty: not known.
  [[nodiscard]] std::string operation(std::uint64_t task) const;

  /// All that is known of a task's waiting; null: nothing.
  [[nodiscard]] const schema::await_chain* find(std::uint64_t task) const;

  /// What it waits for, and the place, in a few words: "async_receive in shop::session,
  /// session.cpp:88".
  [[nodiscard]] std::string text(std::uint64_t task, const std::string& what) const;

  [[nodiscard]] const std::unordered_map<std::uint32_t, schema::await_place>& places()
      const noexcept {
    return places_;
  }
  [[nodiscard]] const std::unordered_map<std::uint64_t, schema::await_chain>& chains()
      const noexcept {
    return chains_;
  }

  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  std::unordered_map<std::uint32_t, schema::await_place> places_;
  std::unordered_map<std::uint64_t, schema::await_chain> chains_;
  std::uint64_t refused_ = 0;
};

/// "in scope checkout > pay, trace 4bf92f": what the program says about itself; empty when nothing.
[[nodiscard]] std::string annotations_text(const std::vector<std::string>& scopes,
                                           const std::string& trace_id);

/// "session.cpp:88"; empty when the place has no file.
[[nodiscard]] std::string line_text(const schema::await_place& place);

}  // namespace asioscope::model
