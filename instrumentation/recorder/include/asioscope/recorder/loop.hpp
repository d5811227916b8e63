// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/ticks.hpp"

#include <atomic>
#include <cstdint>
#include <string_view>

namespace asioscope::recorder {

/// Small dense number of a loop. 0 stands for all loops beyond the capacity of the table.
using loop_id = std::uint32_t;
inline constexpr loop_id other_loop = 0;
inline constexpr std::uint32_t max_loops = 256;

/// What wakes a loop so that its lag can be measured. Called by the watchdog's thread; the loop
/// cannot go away meanwhile.
struct loop_probe {
  void (*wake)(void* self) noexcept = nullptr;
  void* self = nullptr;
  /// Only while the loop waits in its reactor: waking is all the probe does. Otherwise it runs
  /// something.
  bool only_when_waiting = true;
};

/// The shared part of a loop. Records are never freed: a pointer stays good when the loop is long
/// gone.
struct loop_record {
  loop_id id = other_loop;

  /// End of the latest pass through the reactor, in ticks: the moment its I/O became ready.
  /// Written by whichever thread ran the reactor.
  std::atomic<ticks> turn_end{0};

  /// When the next of the arrivals imagined for the corrected lag is due, in ticks; 0: none yet.
  /// Written like turn_end.
  std::atomic<ticks> next_arrival{0};

  /// When the probe under way was sent, in ticks; 0: none. Set by the prober, taken by the thread
  /// that wakes.
  std::atomic<ticks> probe_sent{0};

  /// When a thread went to wait in the reactor, in ticks; 0: none waits there.
  std::atomic<ticks> waiting_since{0};

  /// More than one thread was seen running this loop: what one thread knows is then no proof for
  /// another.
  std::atomic<bool> shared{false};
  std::atomic<bool> watched{false};            ///< its context will tell when it dies
  std::atomic<bool> turns_seen{false};         ///< its passes through the reactor are recorded
  std::atomic<std::uint32_t> first_runner{0};  ///< the thread that ran it first
};

/// Finds or makes the record of an execution context. `key`: the address of the context.
loop_record& loop_of_context(const void* key);

/// The record of a loop by its number.
loop_record& loop_by_id(loop_id id) noexcept;

/// The record of a context that is known, else null.
loop_record* find_loop(const void* key) noexcept;

/// Says that `alias` (a scheduler) belongs to the context `key`.
void add_loop_alias(const void* key, const void* alias);

/// Names the loop of a context. Taking the name of a loop that is gone continues its figures, if
/// nothing has happened on the loop yet; a name in use gets a number behind it.
void set_loop_name(const void* key, std::string_view name);

/// Whether the loop of this context has a name given by the user.
bool loop_is_named(const void* key);

/// How to wake the loop of a context. The first probe stays.
void set_loop_probe(const void* key, loop_probe probe);

/// Not any more. When this returns, no probe is under way.
void clear_loop_probe(const void* key);

/// The context dies. Its record stays and is reported as gone.
void loop_gone(const void* key) noexcept;

/// Changes whenever an address may mean another loop than before. Relaxed: a thread that uses an
/// address concurrently with the death of its context is out of luck anyway.
extern constinit std::atomic<std::uint32_t> loop_generation;

/// A loop's lag is measured this often where nothing else tells it.
inline constexpr std::uint64_t probe_interval_ns = 1'000'000'000;

/// Wakes the loops that have been idle for `idle_for`, to measure their lag. Called about once a
/// second by the watchdog.
void probe_idle_loops(ticks idle_for);

/// A probe has arrived on its loop: one that woke it from its reactor, or one that had to queue up
/// behind its handlers.
void probe_arrived(loop_record& loop) noexcept;
void queued_probe_arrived(loop_record& loop) noexcept;

}  // namespace asioscope::recorder
