// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/instrumentation/detail/loop_hooks.hpp"
#include "asioscope/recorder/hooks_check.hpp"

#include <atomic>
#include <new>

/// What every unit built with the hooks brings along, of its own: functions that need Asio's
/// classes, which do not exist yet where this header is included, and in some units never will.
namespace boost::asio {
class io_context;
namespace detail {
class scheduler;
}
}  // namespace boost::asio

namespace asioscope::hooks {

/// Whether a context that is made now tells the hooks so. A known handler that is posted would
/// prove less: its type exists in hooked units only, hence it is always seen. What parts of a
/// program share, and the linker takes from one of them, are Asio's functions that are no
/// templates.
template <class IoContext>
bool new_context_is_seen() {
  alignas(IoContext) unsigned char storage[sizeof(IoContext)];
  context_being_checked.store(&storage, std::memory_order_relaxed);
  try {
    (::new (static_cast<void*>(&storage)) IoContext(1))->~IoContext();
  } catch (...) {  // no memory: nothing is known, and nothing is said
    context_being_checked.store(nullptr, std::memory_order_relaxed);
  }
  return context_being_checked.exchange(nullptr, std::memory_order_relaxed) == nullptr;
}

namespace {

struct this_unit;

/// Instantiated at the end of the unit, where what it uses of Asio is complete if it ever will be.
template <class Unit, class IoContext = boost::asio::io_context,
          class Scheduler = asio_detail::scheduler>
bool bring_along() {
  if constexpr (requires { sizeof(IoContext); })
    recorder::register_hooks_check(&new_context_is_seen<IoContext>);
  if constexpr (requires { sizeof(Scheduler); })
    adopt_runner.store(&adopt_loop_of<Scheduler>, std::memory_order_relaxed);
  return true;
}

[[maybe_unused]] const bool brought_along = bring_along<this_unit>();

}  // namespace
}  // namespace asioscope::hooks
