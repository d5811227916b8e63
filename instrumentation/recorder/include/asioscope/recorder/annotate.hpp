// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

namespace asioscope {

namespace recorder {
struct annotation_cell;
}

/// Names a stretch of a handler or of a coroutine, from its construction to its destruction, over
/// any number of co_await in between:
///
///     const asioscope::scope parsing("parse");
///
/// Reports of stalls, and the chain of coroutines of a waiting task, say which scopes are open. In
/// trace mode each is an event with its begin and duration. Costs some nanoseconds, nothing is
/// allocated; outside of what the recorder sees running it does nothing.
///
/// Thread safety: belongs to the handler or coroutine that it stands in. Lifetime: a variable of a
/// function; `name` must stay valid for ever, as a string literal does.
class scope {
 public:
  explicit scope(const char* name) noexcept;
  ~scope();
  scope(const scope&) = delete;
  scope& operator=(const scope&) = delete;

 private:
  // First, and in this order: copied by whoever reads them from another thread.
  const char* name_;
  const scope* outer_ = nullptr;

  recorder::annotation_cell* cell_ = nullptr;  // null: not entered there
  std::uint64_t owner_ = 0;
  std::uint64_t begin_ = 0;  // ticks; 0: no event
};

/// Leaves a text in the trace, at this moment in the handler or coroutine that runs. Of a longer
/// text the first 240 bytes are kept. Without a trace it costs nothing.
///
/// Thread safety: any thread.
void message(std::string_view text) noexcept;

/// Says which distributed trace, or which request, the running task works for from now on; the
/// tasks that it spawns inherit it. Without a task: for the rest of the run of this handler.
/// Reports carry it. An empty id takes it back; one of more than 48 bytes is not kept.
///
/// Thread safety: any thread.
void set_trace_id(std::string_view id) noexcept;

}  // namespace asioscope
